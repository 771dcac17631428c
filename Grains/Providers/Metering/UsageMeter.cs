namespace OrleansGateway;

/// <summary>What an attempt is charged for, and whether the upstream said so or the gateway assumes the most it can have been.</summary>
/// <param name="Usage">The tokens.</param>
/// <param name="Estimated">Whether they are an upper bound.</param>
/// <param name="Word">The outcome's word for it.</param>
/// <param name="UpstreamCost">What the upstream itself says that it charges.</param>
internal readonly record struct MeteredUsage(TokenUsage Usage, bool Estimated, string Word, Money? UpstreamCost = null);

/// <summary>Judges what the upstream reports; where it reports nothing that can be true, charges the upper bound.</summary>
internal static class UsageMeter
{
    /// <summary>What to charge; the output bound is the most output tokens that what came can hold.</summary>
    public static MeteredUsage Judge(ReportedUsage? reported, ModelKind kind, ProviderPlan plan, PlanTarget target, long outputBound)
    {
        if (reported is not { } numbers) return new MeteredUsage(MostOf(kind, plan, target, outputBound), true, OutcomeWords.UsageMissing);
        return UsageShapes.TryRead(numbers, kind, target.Reasoning, out var usage)
            ? new MeteredUsage(usage, false, OutcomeWords.Ok, numbers.Cost)
            : new MeteredUsage(MostOf(kind, plan, target, outputBound), true, OutcomeWords.UsageInvalid, numbers.Cost);
    }

    /// <summary>The same for an attempt that has ended; an estimate allows for what a request asked its model to think.</summary>
    public static MeteredUsage Judge(ReportedUsage? reported, UpstreamCall call, long outputBound)
    {
        var metered = Judge(reported, call.Request.Api.Kind(), call.Plan, call.Tried, outputBound);
        return metered.Estimated && ThinkingAsked.In(call.Request.Body.Span) ? Judge(reported, call.Request.Api.Kind(), call.Plan, call.Tried, long.MaxValue) : metered;
    }

    private static TokenUsage MostOf(ModelKind kind, ProviderPlan plan, PlanTarget target, long outputBound)
    {
        if (kind == ModelKind.Embeddings) return new TokenUsage(plan.InputTokens, 0);
        var most = Math.Min(plan.OutputTokens, target.MaxOutputTokens) * (long)plan.Choices;
        // What a model thought before or between what it showed cannot be counted here: it may have been all that it was allowed.
        return new TokenUsage(plan.InputTokens, target.Reasoning ? most : Math.Min(most, outputBound));
    }
}
