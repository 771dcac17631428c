namespace OrleansGateway;

/// <summary>The way back from <c>end</c> to the page that has <c>firstSeq</c>: where the pages end, the first of them on top.</summary>
internal sealed class BookStretch(string tenantId, BookPosition end, long firstSeq) : SqliteWork<Stack<BookPosition>>
{
    public override void Run(SqliteDatabase database)
    {
        Answer = [];
        Answer.Push(end);
        for (var place = end; ; Answer.Push(place))
        {
            var pageBefore = (place.Seq - 1) / BookPage.Size * BookPage.Size;
            if (pageBefore < firstSeq)
            {
                return;
            }

            place = place.BackTo(pageBefore, database, tenantId);
        }
    }
}
