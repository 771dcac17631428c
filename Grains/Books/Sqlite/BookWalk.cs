namespace OrleansGateway;

/// <summary>A stretch of the way back through a book: where pages end, seen from <c>from</c>, the end of one.</summary>
internal sealed class BookWalk(string tenantId, BookPosition from, long firstSeq) : SqliteWork<List<BookPosition>>
{
    // About as long a turn on the writer's thread as reading a page, since no entries are read.
    private const int Pages = 4;

    public override void Run(SqliteDatabase database)
    {
        Answer = [];
        var position = from;
        while (Answer.Count < Pages && position.Seq - BookPage.Size >= firstSeq)
        {
            for (var i = 0; i < BookPage.Size; i++)
            {
                position = position.Before(database.Book.Link(position.Id), tenantId);
            }

            Answer.Add(position);
        }
    }
}
