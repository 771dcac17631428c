namespace OrleansGateway;

/// <summary>The last entries of a book up to <c>last</c>, but none before <c>firstSeq</c>.</summary>
internal sealed class BookPage(string tenantId, BookPosition last, long firstSeq) : SqliteWork<RawEntry[]>
{
    /// <summary>Short enough that a replay of a long book does not hold up the appends of others.</summary>
    public const int Size = 64;

    public override void Run(SqliteDatabase database)
    {
        Answer = new RawEntry[Math.Min(Size, last.Seq - firstSeq + 1)];
        var position = last;
        for (var i = Answer.Length - 1; i >= 0; i--)
        {
            var row = database.Book.Entry(position.Id);
            Answer[i] = new RawEntry(position.Seq, row?.Entry);
            position = position.Before(row?.Link, tenantId);
        }
    }
}
