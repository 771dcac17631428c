using System.Globalization;

namespace OrleansGateway;

/// <summary>Reads a book as people do: what each attempt cost, without the holds in between.</summary>
internal static class LedgerReader
{
    // How far back an ending is looked for that memory has forgotten: far more than can follow it while its caller still retries.
    private const long EndingReach = 50_000;

    /// <summary>
    /// A page of entries booked in [from, until), oldest first; the cursor is the sequence number to go on after. Reads from where they begin to
    /// where they end, however long the book is.
    /// </summary>
    public static async Task<LedgerPage> PageAsync(IBook book, string tenantId, DateTimeOffset? from, DateTimeOffset? until, string? cursor, int limit)
    {
        var after = cursor is null ? 0 : long.Parse(cursor, NumberStyles.None, CultureInfo.InvariantCulture);
        var count = await book.CountAsync(tenantId, CancellationToken.None);
        var end = new LedgerPage([], null) { BookCount = count };
        if (after >= count) return end;
        var first = from is { } since ? await BookSearch.FirstSinceAsync(book, tenantId, since, after, count, CancellationToken.None) : after + 1;
        var entries = new List<LedgerEntry>(Math.Min(limit, 1_000));
        await foreach (var raw in book.ReadAsync(tenantId, first, CancellationToken.None))
        {
            if (HeldEntries.IsHeld(raw) || (from is not null && EntryTime.Of(raw) < from)) continue;
            var entry = BookEntry.Parse(raw);
            // From here on no entry is of the time before, unless clocks are further apart than they may be.
            if (until is { } last && entry.At - BookSearch.ClockMargin >= last) break;
            if (entry.At >= until || ToLedger(raw.Seq, entry) is not { } line) continue;
            if (entries.Count == limit) return end with { Entries = [.. entries], NextCursor = entries[^1].Seq.ToString(CultureInfo.InvariantCulture) };
            entries.Add(line);
        }
        return end with { Entries = [.. entries] };
    }

    /// <summary>The receipt of a hold that was posted a while ago; nothing when it was void or cannot be found.</summary>
    public static async Task<PostingReceipt> FindReceiptAsync(IBook book, string tenantId, HoldId hold, long count)
    {
        await foreach (var raw in book.ReadAsync(tenantId, Math.Max(1, count - EndingReach), CancellationToken.None))
        {
            if (HeldEntries.IsHeld(raw)) continue;
            var entry = BookEntry.Parse(raw);
            if (entry is BookEntry.Posted posted && posted.Hold == hold) return PostingRules.Receipt(posted);
            // What was posted to it was meant for the hold that took its place.
            if (entry is BookEntry.Voided { Outcome: OutcomeWords.Extended } extended && extended.Hold == hold) hold = hold with { Attempt = hold.Attempt + 1 };
        }
        return default;
    }

    /// <summary>
    /// How holds ended, posted or void, a while ago; without those that cannot be found. Reads from where the oldest of their requests came in, and passes over entries that
    /// are damaged: the tenant is served, so an operator has accepted them.
    /// </summary>
    public static async Task<Dictionary<HoldId, BookEntry.OfHold>> FindEndingsAsync(IBook book, string tenantId, IReadOnlySet<HoldId> holds, long count)
    {
        var endings = new Dictionary<HoldId, BookEntry.OfHold>();
        var after = Math.Max(0, count - EndingReach);
        var oldest = holds.Min(hold => RequestIdFormat.TimeOf(hold.RequestId) ?? DateTimeOffset.MinValue);
        long first;
        try
        {
            first = await BookSearch.FirstSinceAsync(book, tenantId, oldest, after, count, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // It came upon an entry whose time cannot be read; a store that is away is away for the reading too.
            first = after + 1;
        }
        await foreach (var raw in book.ReadAsync(tenantId, first, CancellationToken.None))
        {
            if (HeldEntries.IsHeld(raw) || EndingOf(raw) is not { } ending || !holds.Contains(ending.Hold)) continue;
            if (endings.TryAdd(ending.Hold, ending) && endings.Count == holds.Count) break;
        }
        return endings;
    }

    private static BookEntry.OfHold? EndingOf(RawEntry raw)
    {
        try
        {
            return BookEntry.Parse(raw) is BookEntry.OfHold entry and (BookEntry.Posted or BookEntry.Voided) ? entry : null;
        }
        catch (StoreUnavailableException damaged) when (damaged.IsLoss)
        {
            return null;
        }
    }

    /// <summary>The line that an entry is in the ledger; null when it is none.</summary>
    public static LedgerEntry? ToLedger(long seq, BookEntry entry) => entry switch
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
        KeyId = ScopeName.KeyOf(adjustment.Scope),
        User = ScopeName.UserOf(adjustment.Scope),
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
