namespace OrleansGateway.Admin;

/// <summary>What an operator writes to resolve a hold.</summary>
internal sealed record ResolutionSettings
{
    public required ResolvedAs As { get; init; }

    public UsageSettings? Usage { get; init; }

    public Money? CostUsd { get; init; }

    public string? Model { get; init; }

    public required string Reason { get; init; }

    public string Actor { get; init; } = "admin";

    public HoldResolution ToResolution(HoldId hold) => new()
    {
        Hold = hold,
        As = As,
        Usage = Usage?.ToUsage(),
        CostUsd = CostUsd,
        Model = Model,
        Reason = Reason,
        Actor = Actor,
    };

    /// <summary>Usage in the ledger's words.</summary>
    internal sealed record UsageSettings
    {
        public required long InputTokens { get; init; }

        public long OutputTokens { get; init; }

        public long CachedInputTokens { get; init; }

        public long ReasoningTokens { get; init; }

        public long CacheWriteTokens { get; init; }

        public long LongCacheWriteTokens { get; init; }

        public long AudioInputTokens { get; init; }

        public long ImageInputTokens { get; init; }

        public long AudioOutputTokens { get; init; }

        public TokenUsage ToUsage() => new(
            InputTokens, OutputTokens, CachedInputTokens, ReasoningTokens, CacheWriteTokens, LongCacheWriteTokens, AudioInputTokens, ImageInputTokens, AudioOutputTokens);
    }
}
