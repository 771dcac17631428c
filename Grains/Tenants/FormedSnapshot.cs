namespace OrleansGateway;

/// <summary>A tenant's state at one count of its book, copied in one turn: the snapshot, and what changed on the shelves since the last.</summary>
internal sealed class FormedSnapshot
{
    private readonly List<IShelfCopies> _copies;

    private FormedSnapshot(TenantSnapshot core, List<IShelfCopies> copies)
    {
        Core = core;
        _copies = copies;
    }

    public TenantSnapshot Core { get; }

    /// <summary>The account must stand exactly at the count.</summary>
    public static FormedSnapshot Of(TenantAccount account, long count, bool frozen = false) =>
        new(account.ToSnapshot(count) with { Frozen = frozen }, [.. account.Shelves.Select(shelf => shelf.CopyChanged(count)).OfType<IShelfCopies>()]);

    /// <summary>Stores nothing: what was copied counts as changed again.</summary>
    public void Discard()
    {
        foreach (var copies in _copies) copies.Settle();
    }

    /// <summary>Stores what changed on the shelves; throws unless all is stored, and then what is not counts as changed again.</summary>
    public async Task StoreShelvesAsync()
    {
        try
        {
            foreach (var copies in _copies) await copies.StoreAsync();
        }
        finally
        {
            foreach (var copies in _copies) copies.Settle();
        }
    }
}
