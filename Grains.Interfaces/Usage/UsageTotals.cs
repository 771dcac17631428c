namespace OrleansGateway;

/// <summary>Tokens and money of some lines of a ledger, summed. The kinds of token are parts of others as in <see cref="TokenUsage"/>.</summary>
[GenerateSerializer, Immutable, Alias("usage-totals")]
public readonly record struct UsageTotals
{
    /// <summary>Attempts that were charged.</summary>
    [Id(0)] public long Requests { get; init; }

    /// <summary>Of those, the ones whose tokens are an upper bound.</summary>
    [Id(1)] public long Estimated { get; init; }

    /// <summary>Tokens read.</summary>
    [Id(2)] public long InputTokens { get; init; }

    /// <summary>Of those, from the upstream's cache.</summary>
    [Id(3)] public long CachedInputTokens { get; init; }

    /// <summary>Of the input, put into the upstream's cache.</summary>
    [Id(4)] public long CacheWriteTokens { get; init; }

    /// <summary>Of those, kept there for an hour.</summary>
    [Id(5)] public long LongCacheWriteTokens { get; init; }

    /// <summary>Of the input, sound.</summary>
    [Id(6)] public long AudioInputTokens { get; init; }

    /// <summary>Of the input, pictures.</summary>
    [Id(7)] public long ImageInputTokens { get; init; }

    /// <summary>Tokens written.</summary>
    [Id(8)] public long OutputTokens { get; init; }

    /// <summary>Of those, reasoning.</summary>
    [Id(9)] public long ReasoningTokens { get; init; }

    /// <summary>Of the output, sound.</summary>
    [Id(10)] public long AudioOutputTokens { get; init; }

    /// <summary>What is invoiced, refunds and corrections included.</summary>
    [Id(11)] public Money CostUsd { get; init; }

    /// <summary>Cost above what was held: counts against budgets, is not invoiced.</summary>
    [Id(12)] public Money AbsorbedUsd { get; init; }

    /// <summary>Of the cost, refunds and corrections.</summary>
    [Id(13)] public Money AdjustedUsd { get; init; }

    /// <summary>Of the cost and what was absorbed, the part of estimated postings.</summary>
    [Id(14)] public Money EstimatedUsd { get; init; }

    /// <summary>Checked sum.</summary>
    public static UsageTotals operator +(in UsageTotals a, in UsageTotals b) => new()
    {
        Requests = a.Requests + b.Requests,
        Estimated = a.Estimated + b.Estimated,
        InputTokens = a.InputTokens + b.InputTokens,
        CachedInputTokens = a.CachedInputTokens + b.CachedInputTokens,
        CacheWriteTokens = a.CacheWriteTokens + b.CacheWriteTokens,
        LongCacheWriteTokens = a.LongCacheWriteTokens + b.LongCacheWriteTokens,
        AudioInputTokens = a.AudioInputTokens + b.AudioInputTokens,
        ImageInputTokens = a.ImageInputTokens + b.ImageInputTokens,
        OutputTokens = a.OutputTokens + b.OutputTokens,
        ReasoningTokens = a.ReasoningTokens + b.ReasoningTokens,
        AudioOutputTokens = a.AudioOutputTokens + b.AudioOutputTokens,
        CostUsd = a.CostUsd + b.CostUsd,
        AbsorbedUsd = a.AbsorbedUsd + b.AbsorbedUsd,
        AdjustedUsd = a.AdjustedUsd + b.AdjustedUsd,
        EstimatedUsd = a.EstimatedUsd + b.EstimatedUsd,
    };
}
