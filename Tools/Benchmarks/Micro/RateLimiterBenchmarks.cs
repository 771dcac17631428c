using BenchmarkDotNet.Attributes;

namespace OrleansGateway.Benchmarks;

/// <summary>The two rolling windows of one scope.</summary>
public class RateLimiterBenchmarks
{
    private static readonly QuotaLimits Limits = new() { RequestsPerMinute = 1_000_000_000, TokensPerMinute = 1_000_000_000_000 };

    private readonly RateLimiter _limiter = new(TimeProvider.System);

    [Benchmark(Description = "ask two windows, take from both, correct one")]
    public bool Take()
    {
        if (_limiter.FirstExceeded(Limits, 480) is not null) return false;
        _limiter.CorrectTokens(_limiter.Take(Limits, 480), -120);
        return true;
    }
}
