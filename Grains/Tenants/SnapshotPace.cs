namespace OrleansGateway;

/// <summary>
/// When a tenant's snapshot is written: every half minute where much has changed, else every five minutes. A few entries are replayed in no time, and thousands of
/// tenants that call now and then would write little else than snapshots (docs/adr/0038).
/// </summary>
/// <param name="loadedAt">When the book was read.</param>
/// <param name="share">From 0 to 1, another one for each tenant: those that came together, as all do after a start, are not to write together for ever after.</param>
internal sealed class SnapshotPace(DateTimeOffset loadedAt, double share)
{
    /// <summary>Fewer entries than this are not much: one reading of the store brings them.</summary>
    public const int Few = 64;

    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan LongPeriod = TimeSpan.FromMinutes(5);

    private DateTimeOffset _lookAt = loadedAt + (Period * share);
    private DateTimeOffset _lateAt = loadedAt + (LongPeriod * share);

    /// <summary>Whether to look now; true once in a period.</summary>
    public bool Looks(DateTimeOffset now)
    {
        if (now < _lookAt) return false;
        _lookAt = now + Period;
        return true;
    }

    /// <summary>Whether so many entries are worth a snapshot now, which is then taken for written.</summary>
    /// <param name="now">The time.</param>
    /// <param name="unsaved">Entries since the last snapshot.</param>
    /// <param name="hasOne">Whether there is one. The first is always worth it: by it a book that was lost is told from one that never was.</param>
    public bool IsWorth(DateTimeOffset now, long unsaved, bool hasOne)
    {
        if (hasOne && unsaved < Few && now < _lateAt) return false;
        _lateAt = now + LongPeriod;
        return true;
    }
}
