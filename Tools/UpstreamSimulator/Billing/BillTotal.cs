namespace OrleansGateway.Simulator;

/// <summary>The sum of the bill for one model.</summary>
public sealed record BillTotal(long Calls, long InputTokens, long CachedInputTokens, long OutputTokens, long ReasoningTokens)
{
    internal BillTotal With(BilledCall call) => new(
        Calls + 1,
        InputTokens + call.InputTokens,
        CachedInputTokens + call.CachedInputTokens,
        OutputTokens + call.OutputTokens,
        ReasoningTokens + call.ReasoningTokens);
}
