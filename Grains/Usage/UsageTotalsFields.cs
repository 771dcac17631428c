namespace OrleansGateway;

/// <summary>The numbers of <see cref="UsageTotals"/> in their order in the store: more may be added at the end.</summary>
internal static class UsageTotalsFields
{
    public const int Count = 15;

    public static void Write(in UsageTotals totals, Span<long> to)
    {
        to[0] = totals.Requests;
        to[1] = totals.InputTokens;
        to[2] = totals.OutputTokens;
        to[3] = totals.CostUsd.NanoDollars;
        to[4] = totals.CachedInputTokens;
        to[5] = totals.ReasoningTokens;
        to[6] = totals.AbsorbedUsd.NanoDollars;
        to[7] = totals.Estimated;
        to[8] = totals.EstimatedUsd.NanoDollars;
        to[9] = totals.AdjustedUsd.NanoDollars;
        to[10] = totals.CacheWriteTokens;
        to[11] = totals.LongCacheWriteTokens;
        to[12] = totals.AudioInputTokens;
        to[13] = totals.ImageInputTokens;
        to[14] = totals.AudioOutputTokens;
    }

    public static UsageTotals Read(ReadOnlySpan<long> from) => new()
    {
        Requests = from[0],
        InputTokens = from[1],
        OutputTokens = from[2],
        CostUsd = new Money(from[3]),
        CachedInputTokens = from[4],
        ReasoningTokens = from[5],
        AbsorbedUsd = new Money(from[6]),
        Estimated = from[7],
        EstimatedUsd = new Money(from[8]),
        AdjustedUsd = new Money(from[9]),
        CacheWriteTokens = from[10],
        LongCacheWriteTokens = from[11],
        AudioInputTokens = from[12],
        ImageInputTokens = from[13],
        AudioOutputTokens = from[14],
    };
}
