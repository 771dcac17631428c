namespace OrleansGateway;

/// <summary>
/// Finds places in a book by time. Entries stand almost in the order of their time: of two silos that served a tenant one after the other,
/// the second's clock may be behind. As long as clocks are less than <see cref="ClockMargin"/> apart nothing is missed.
/// </summary>
internal static class BookSearch
{
    /// <summary>By how much the clocks of silos may differ.</summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A place after <paramref name="after"/> before which no entry was decided at or after an instant; past the end when there is none
    /// after it. Looks at about as many entries as the count has bits.
    /// </summary>
    public static Task<long> FirstSinceAsync(IBook book, string tenantId, DateTimeOffset instant, long after, long count, CancellationToken cancellationToken) =>
        PlaceOfAsync(book, tenantId, instant - DateTimeOffset.MinValue > ClockMargin ? instant - ClockMargin : DateTimeOffset.MinValue, after, count, cancellationToken);

    /// <summary>Where an entry of an instant would stand if all clocks were one: entries before it may be of a later time, by the margin.</summary>
    public static async Task<long> PlaceOfAsync(IBook book, string tenantId, DateTimeOffset instant, long after, long count, CancellationToken cancellationToken)
    {
        // Between them it is: low is before the instant, high at or after it. The first probe ends a search that starts late enough.
        var (low, high) = (after, Math.Max(count, after) + 1);
        for (var probe = low + 1; high - low > 1; probe = low + ((high - low) / 2))
        {
            var entry = await book.FindAsync(tenantId, probe, cancellationToken)
                ?? throw new StoreUnavailableException($"Entry {probe} of the book of tenant '{tenantId}' is missing.");
            if (EntryTime.Of(entry) < instant) low = probe;
            else high = probe;
        }
        return high;
    }
}
