using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Reads a book for what it says of some requests.</summary>
internal static class RequestUsageReader
{
    public static async Task<ImmutableArray<RequestUsage>> ReadAsync(IBook book, string tenantId, long firstSeq, ImmutableArray<string> requestIds)
    {
        var wanted = requestIds.ToHashSet(StringComparer.Ordinal);
        var found = new Dictionary<string, RequestUsage>(StringComparer.Ordinal);
        await foreach (var raw in book.ReadAsync(tenantId, firstSeq, CancellationToken.None))
        {
            if (HeldEntries.IsHeld(raw)) continue;
            var entry = BookEntry.Parse(raw);
            if (RequestOf(entry) is not { } request || !wanted.Contains(request)) continue;
            if (Told(found.GetValueOrDefault(request), request, entry) is { } usage) found[request] = usage;
        }
        return [.. found.Values];
    }

    private static string? RequestOf(BookEntry entry) => entry switch
    {
        BookEntry.OfHold hold => hold.Request,
        BookEntry.Adjusted { Adjustment: { Reconciles: not null } adjustment } => adjustment.RequestId,
        _ => null,
    };

    private static RequestUsage? Told(RequestUsage? so, string request, BookEntry entry)
    {
        var known = so ?? new RequestUsage { RequestId = request, Day = DateOnly.FromDateTime(entry.At.UtcDateTime) };
        return entry switch
        {
            BookEntry.Posted posted => Of(known, posted, posted.Provider) with
            {
                Totals = known.Totals + UsageLine.Of(posted)!.Value.Totals,
                Providers = posted.Provider is not { } provider || known.Providers.Contains(provider) ? known.Providers : known.Providers.Add(provider),
            },
            BookEntry.Voided voided => Of(known, voided, voided.Provider),
            BookEntry.Suspended suspended => Of(known, suspended, suspended.Provider) with { Suspended = known.Suspended.Add(suspended.Attempt) },
            BookEntry.Adjusted { Adjustment: var adjustment } => known with { Corrections = known.Corrections + 1, CorrectedUsd = known.CorrectedUsd + adjustment.Invoiced },
            _ => so,
        };
    }

    private static RequestUsage Of(RequestUsage known, BookEntry.OfHold entry, string? provider) => known with
    {
        Day = DateOnly.FromDateTime(entry.At.UtcDateTime),
        Provider = provider ?? known.Provider,
        Model = entry.Model ?? known.Model,
        Suspended = known.Suspended.Remove(entry.Attempt),
    };
}
