namespace OrleansGateway;

/// <summary>One compare-and-append on its way through the writer.</summary>
internal sealed class SqliteAppend(SqliteBook book, string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries)
    : SqliteWork<AppendOutcome>
{
    public override void Run(SqliteDatabase database)
    {
        var count = database.Heads.Find(tenantId)?.Count ?? 0;
        if (count != expectedCount)
        {
            Answer = new AppendOutcome(false, count);
            return;
        }

        Answer = new AppendOutcome(true, entries.Count == 0 ? count : database.Heads.Append(tenantId, entries));
    }

    public override void Succeed()
    {
        if (!Answer.Appended && RepeatedAppend.MayBeThere(expectedCount, Answer.Count, entries))
        {
            _ = SettleAsync();
            return;
        }

        base.Succeed();
    }

    private async Task SettleAsync()
    {
        try
        {
            Answer = await RepeatedAppend.SettleAsync(book, tenantId, expectedCount, Answer.Count, entries, CancellationToken.None);
            base.Succeed();
        }
        catch (StoreUnavailableException fault)
        {
            Fail(fault);
        }
    }
}
