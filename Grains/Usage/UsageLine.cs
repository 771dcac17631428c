namespace OrleansGateway;

/// <summary>What an entry of a book adds to usage: postings, and adjustments that change the invoice. It counts when it was booked, as the ledger shows it.</summary>
internal readonly record struct UsageLine(DateTimeOffset At, string? Provider, string? Model, string? Key, string? User, UsageTotals Totals)
{
    /// <summary>Null when the entry adds nothing.</summary>
    public static UsageLine? Of(BookEntry entry) => entry switch
    {
        BookEntry.Posted posted => new UsageLine(posted.At, posted.Provider, posted.Model, posted.KeyId, posted.User, TotalsOf(posted)),
        BookEntry.Adjusted { Adjustment: var adjustment } when adjustment.Invoiced != Money.Zero => new UsageLine(
            entry.At, null, adjustment.Model, ScopeName.KeyOf(adjustment.Scope), ScopeName.UserOf(adjustment.Scope),
            new UsageTotals { CostUsd = adjustment.Invoiced, AdjustedUsd = adjustment.Invoiced }),
        _ => null,
    };

    private static UsageTotals TotalsOf(BookEntry.Posted posted) => new()
    {
        Requests = 1,
        Estimated = posted.Estimated ? 1 : 0,
        InputTokens = posted.Usage.Input,
        CachedInputTokens = posted.Usage.CachedInput,
        CacheWriteTokens = posted.Usage.CacheWrite,
        LongCacheWriteTokens = posted.Usage.LongCacheWrite,
        AudioInputTokens = posted.Usage.AudioInput,
        ImageInputTokens = posted.Usage.ImageInput,
        OutputTokens = posted.Usage.Output,
        ReasoningTokens = posted.Usage.Reasoning,
        AudioOutputTokens = posted.Usage.AudioOutput,
        CostUsd = posted.Cost,
        AbsorbedUsd = posted.Absorbed,
        EstimatedUsd = posted.Estimated ? posted.Cost + posted.Absorbed : Money.Zero,
    };
}
