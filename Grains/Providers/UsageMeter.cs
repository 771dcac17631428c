namespace OrleansGateway;

/// <summary>What an attempt is charged for, and whether the upstream said so or the gateway assumes the most it can have been.</summary>
internal readonly record struct MeteredUsage(TokenUsage Usage, bool Estimated, string Word);

/// <summary>Judges what the upstream reports; where it reports nothing that can be true, charges the upper bound.</summary>
internal static class UsageMeter
{
    /// <summary>What to charge; the output bound is the most output tokens that what came can hold.</summary>
    public static MeteredUsage Judge(ReportedUsage? reported, ModelKind kind, ProviderPlan plan, long outputBound)
    {
        if (reported is { } numbers && numbers.TryJudge(kind, out var usage)) return new MeteredUsage(usage, false, OutcomeWords.Ok);
        var estimate = new TokenUsage(plan.InputTokens, kind == ModelKind.Embeddings ? 0 : Math.Min(MostOutput(plan), outputBound));
        return new MeteredUsage(estimate, true, reported is null ? OutcomeWords.UsageMissing : OutcomeWords.UsageInvalid);
    }

    private static long MostOutput(ProviderPlan plan)
    {
        var most = (long)plan.OutputTokens * plan.Choices;
        return most > 0 ? most : long.MaxValue;
    }
}
