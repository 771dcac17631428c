using System.Globalization;

namespace OrleansGateway;

/// <summary>Reads a book as people do: what each attempt cost, without the holds in between.</summary>
internal static class LedgerReader
{
    // How far back a posting is looked for that memory has forgotten: far more than can follow it while its caller still retries.
    private const long ReceiptReach = 50_000;

    /// <summary>A page of entries booked in [from, until), oldest first; the cursor is the sequence number to go on after.</summary>
    public static async Task<LedgerPage> PageAsync(IBook book, string tenantId, DateTimeOffset? from, DateTimeOffset? until, string? cursor, int limit)
    {
        var after = cursor is null ? 0 : long.Parse(cursor, NumberStyles.None, CultureInfo.InvariantCulture);
        var entries = new List<LedgerEntry>();
        await foreach (var raw in book.ReadAsync(tenantId, after + 1, CancellationToken.None))
        {
            if (ToLedger(raw.Seq, BookEntry.Parse(raw)) is not { } line) continue;
            if (line.At < from || line.At >= until) continue;
            if (entries.Count == limit) return new LedgerPage([.. entries], entries[^1].Seq.ToString(CultureInfo.InvariantCulture));
            entries.Add(line);
        }
        return new LedgerPage([.. entries], null);
    }

    /// <summary>The receipt of a hold that was posted a while ago; nothing when it was void or cannot be found.</summary>
    public static async Task<PostingReceipt> FindReceiptAsync(IBook book, string tenantId, HoldId hold, long count)
    {
        await foreach (var raw in book.ReadAsync(tenantId, Math.Max(1, count - ReceiptReach), CancellationToken.None))
            if (BookEntry.Parse(raw) is BookEntry.Posted posted && posted.Hold == hold) return PostingRules.Receipt(posted);
        return default;
    }

    /// <summary>How a hold ended, posted or void, a while ago; null when it cannot be found.</summary>
    public static async Task<BookEntry.OfHold?> FindEndingAsync(IBook book, string tenantId, HoldId hold, long count)
    {
        await foreach (var raw in book.ReadAsync(tenantId, Math.Max(1, count - ReceiptReach), CancellationToken.None))
            if (BookEntry.Parse(raw) is BookEntry.OfHold ending and (BookEntry.Posted or BookEntry.Voided) && ending.Hold == hold) return ending;
        return null;
    }

    private static LedgerEntry? ToLedger(long seq, BookEntry entry) => entry switch
    {
        BookEntry.Posted p => Line(seq, p, p.Resolves ? LedgerEntryKind.Resolved : LedgerEntryKind.Posted, p.Outcome) with
        {
            Provider = p.Provider,
            InputTokens = p.Usage.Input,
            CachedInputTokens = p.Usage.CachedInput,
            OutputTokens = p.Usage.Output,
            ReasoningTokens = p.Usage.Reasoning,
            CostUsd = p.Cost,
            AbsorbedUsd = p.Absorbed,
            PriceVersion = p.PriceVersion,
            Estimated = p.Estimated,
            CacheWriteTokens = p.Usage.CacheWrite,
            LongCacheWriteTokens = p.Usage.LongCacheWrite,
            AudioInputTokens = p.Usage.AudioInput,
            ImageInputTokens = p.Usage.ImageInput,
            AudioOutputTokens = p.Usage.AudioOutput,
            UpstreamCostUsd = p.UpstreamCost,
            Signature = p.Signature,
        },
        BookEntry.Voided v => Line(seq, v, v.Resolves ? LedgerEntryKind.Resolved : LedgerEntryKind.Void, v.Outcome) with { Provider = v.Provider, Signature = v.Signature },
        BookEntry.Suspended s => Line(seq, s, LedgerEntryKind.Suspense, s.Outcome) with { Provider = s.Provider, AbsorbedUsd = s.Amount },
        BookEntry.Adjusted a => Line(seq, a.At, a.Adjustment),
        _ => null,
    };

    private static LedgerEntry Line(long seq, DateTimeOffset at, Adjustment adjustment) => new()
    {
        Seq = seq,
        At = at,
        Kind = LedgerEntryKind.Adjusted,
        RequestId = adjustment.RequestId,
        Attempt = 0,
        KeyId = adjustment.Scope.StartsWith("key:", StringComparison.Ordinal) ? adjustment.Scope[4..] : null,
        User = adjustment.Scope.StartsWith("user:", StringComparison.Ordinal) ? adjustment.Scope[5..] : null,
        Model = adjustment.Model,
        CostUsd = adjustment.Invoiced,
        Outcome = adjustment.Kind.ToString().ToLowerInvariant(),
        Adjustment = adjustment,
    };

    private static LedgerEntry Line(long seq, BookEntry.OfHold entry, LedgerEntryKind kind, string outcome) => new()
    {
        Seq = seq,
        At = entry.At,
        Kind = kind,
        RequestId = entry.Request,
        Attempt = entry.Attempt,
        KeyId = entry.KeyId,
        User = entry.User,
        Model = entry.Model,
        Outcome = outcome,
    };
}
