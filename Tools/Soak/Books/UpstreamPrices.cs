using OrleansGateway.Simulator;

namespace OrleansGateway.Soak;

/// <summary>What the upstream charges, computed here once more and in decimals: the gateway's own arithmetic is under test.</summary>
internal static class UpstreamPrices
{
    private static readonly Dictionary<string, (decimal Input, decimal Cached, decimal Output)> PerMillion = new(StringComparer.Ordinal)
    {
        ["gpt-4.1"] = (2.00m, 0.50m, 8.00m),
        ["claude-sonnet-4.5"] = (3.00m, 0.30m, 15.00m),
        ["gemini-2.5-flash"] = (0.35m, 0.35m, 2.50m),
        ["deepseek-v3.2"] = (0.08m, 0.08m, 0.42m),
        ["text-embedding-3-small"] = (0.02m, 0.02m, 0m),
        ["text-embedding-3-large"] = (0.13m, 0.13m, 0m),
    };

    /// <summary>A line of the bill in US dollars, rounded up to a whole nano-dollar.</summary>
    public static decimal CostOf(BilledCall call)
    {
        var (input, cached, output) = PerMillion[call.Model];
        var exact = (((call.InputTokens - call.CachedInputTokens) * input) + (call.CachedInputTokens * cached) + (call.OutputTokens * output)) / 1_000_000m;
        return Math.Ceiling(exact * 1_000_000_000m) / 1_000_000_000m;
    }
}
