using System.Text;

namespace OrleansGateway;

/// <summary>
/// Collects the entries of one request from the book. Where to begin is known from the time in its id, where to end from the deadlines of its
/// holds; in between, entries that do not have its id in their bytes are passed over unread.
/// </summary>
internal sealed class RequestSearch(IBook book, string tenantId, string requestId, long count)
{
    /// <summary>How long after its id was made a request may be admitted: a body may come slowly.</summary>
    public static readonly TimeSpan AdmissionReach = TimeSpan.FromMinutes(2);

    /// <summary>How many entries before and after are looked at for the first hold: asking for what is not there must not be dear.</summary>
    public const int AdmissionEntries = 50_000;

    // Clocks are mostly this close, and then only a few entries are read in vain. The whole margin is looked through when that was too little.
    private static readonly TimeSpan UsualSkew = TimeSpan.FromSeconds(2);

    private const int EntriesPerLook = 64;

    // Ids are letters and digits, which JSON never writes otherwise.
    private readonly byte[] _id = Encoding.UTF8.GetBytes(requestId);
    private readonly SortedDictionary<long, BookEntry> _found = [];

    /// <summary>What was found so far, by its number.</summary>
    public IReadOnlyDictionary<long, BookEntry> Found => _found;

    /// <summary>Looks for the holds of a request that came in at an instant, and how they ended. Open ones are known from the account.</summary>
    public async Task FindHoldsAsync(DateTimeOffset at, IReadOnlyCollection<UnendedHold> open)
    {
        if (IsWhole(open)) return;
        var near = await NearAsync(at);
        var next = await ScanAsync(near, near + AdmissionEntries, () => UntilOf(at), () => IsWhole(open));
        if (IsWhole(open)) return;

        if (!Attempts(open).Contains(1)) await ScanAsync(Math.Max(await FarAsync(at, near), near - AdmissionEntries), near - 1, Ever, Never);
        if (Attempts(open).Count > 0) await ScanAsync(next, count, () => UntilOf(at), () => IsWhole(open));
    }

    /// <summary>Looks for what was written of the request at an instant.</summary>
    public async Task FindAtAsync(DateTimeOffset at)
    {
        bool IsThere() => _found.Values.Any(entry => entry.At == at);
        if (IsThere()) return;
        var near = await NearAsync(at);
        await ScanAsync(near, count, () => at, IsThere);
        if (!IsThere()) await ScanAsync(await FarAsync(at, near), near - 1, Ever, IsThere);
    }

    /// <summary>Reads all that follows the holds: for an ending that is too old to be remembered as late.</summary>
    public Task FindEndingsAnywhereAsync(IReadOnlyCollection<UnendedHold> open) => ScanAsync(_found.Keys.First(), count, Ever, () => IsWhole(open));

    /// <summary>Whether every hold of the request is found, with its ending unless it is pending.</summary>
    public bool IsWhole(IReadOnlyCollection<UnendedHold> open)
    {
        // A hold that follows one in suspense is written right behind it: none is missing at the end.
        var attempts = Attempts(open);
        return attempts.Count > 0 && attempts.Max == attempts.Count && attempts.All(attempt => open.FirstOrDefault(hold => hold.Attempt == attempt) switch
        {
            null => Endings(attempt).Any(entry => entry is not BookEntry.Suspended),
            { InSuspense: true } => Endings(attempt).Any(),
            _ => true,
        });
    }

    private SortedSet<int> Attempts(IReadOnlyCollection<UnendedHold> open) => [.. Holds.Select(held => held.Attempt), .. open.Select(hold => hold.Attempt)];

    private IEnumerable<BookEntry.Held> Holds => _found.Values.OfType<BookEntry.Held>();

    private IEnumerable<BookEntry.OfHold> Endings(int attempt) =>
        _found.Values.OfType<BookEntry.OfHold>().Where(entry => entry is not BookEntry.Held && entry.Attempt == attempt);

    private DateTimeOffset UntilOf(DateTimeOffset at) => Holds.Select(LateEndings.NotBefore).Append(at + AdmissionReach).Max();

    private Task<long> NearAsync(DateTimeOffset at) =>
        BookSearch.PlaceOfAsync(book, tenantId, at - DateTimeOffset.MinValue > UsualSkew ? at - UsualSkew : at, 0, count, CancellationToken.None);

    private Task<long> FarAsync(DateTimeOffset at, long near) => BookSearch.FirstSinceAsync(book, tenantId, at, 0, near - 1, CancellationToken.None);

    /// <summary>Looks through some entries, until done or the time is past; where to go on.</summary>
    private async Task<long> ScanAsync(long first, long last, Func<DateTimeOffset> until, Func<bool> done)
    {
        if (first > last) return first;
        var newest = 0L;
        await foreach (var raw in book.ReadAsync(tenantId, first, CancellationToken.None))
        {
            if (raw.Bytes.Span.IndexOf(_id) >= 0 && BookEntry.Parse(raw) is var entry && IsOfRequest(entry))
            {
                _found[raw.Seq] = entry;
                newest = raw.Seq;
            }

            if (raw.Seq >= last) return raw.Seq + 1;
            if (raw.Seq % EntriesPerLook != 0 || raw.Seq == newest) continue;
            if (done() || EntryTime.Of(raw) - BookSearch.ClockMargin > until()) return raw.Seq + 1;
        }

        return count + 1;
    }

    private static DateTimeOffset Ever() => DateTimeOffset.MaxValue;

    private static bool Never() => false;

    private bool IsOfRequest(BookEntry entry) => entry switch
    {
        BookEntry.OfHold ofHold => ofHold.Request == requestId,
        BookEntry.Adjusted adjusted => adjusted.Adjustment.RequestId == requestId,
        _ => false,
    };
}

/// <summary>A hold that the account knows not to have ended.</summary>
internal sealed record UnendedHold(BookEntry.Held Entry, bool InSuspense)
{
    public int Attempt => Entry.Attempt;
}
