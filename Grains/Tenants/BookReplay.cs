namespace OrleansGateway;

/// <summary>Folds a tenant's book into an empty account, from a snapshot on.</summary>
internal static class BookReplay
{
    // So many entries are looked at before they are applied, for what they need is read at once instead of one by one.
    private const int EntriesAhead = 1_000;

    /// <summary>Returns the sequence number of the last entry.</summary>
    public static async Task<long> FoldAsync(IBook book, string tenantId, TenantAccount account, TenantSnapshot snapshot)
    {
        await account.Users.BringAsync(TenantAccount.UsersOf(snapshot));
        account.Restore(snapshot);

        var seq = snapshot.Seq;
        var ahead = new List<BookEntry>(EntriesAhead);
        await foreach (var raw in book.ReadAsync(tenantId, seq + 1, CancellationToken.None))
        {
            ahead.Add(BookEntry.Parse(raw));
            if (ahead.Count < EntriesAhead) continue;
            seq = await ApplyAsync(account, ahead, seq);
            ahead.Clear();
        }
        return await ApplyAsync(account, ahead, seq);
    }

    private static async Task<long> ApplyAsync(TenantAccount account, List<BookEntry> entries, long seq)
    {
        if (account.HasUsers || entries.Exists(e => e is BookEntry.PolicySet or BookEntry.UserSet)) await account.Users.BringAsync(entries.Select(TenantAccount.UserOf).OfType<string>());
        foreach (var entry in entries)
        {
            while (account.Missing(entry) is { } reading) await reading;
            account.Apply(entry, ++seq);
            FailPoints.Hit(FailPoint.DuringReplay);
        }
        return seq;
    }
}
