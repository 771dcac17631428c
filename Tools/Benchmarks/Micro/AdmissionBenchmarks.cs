using BenchmarkDotNet.Attributes;

namespace OrleansGateway.Benchmarks;

/// <summary>The decision in a tenant's turn, without the book: may this request spend what it could cost?</summary>
public class AdmissionBenchmarks
{
    private readonly BenchmarkTenant _plain = new();

    private readonly BenchmarkTenant _limited = new(
        new QuotaLimits { RequestsPerMinute = 1_000_000_000, TokensPerMinute = 1_000_000_000_000, ConcurrentRequests = 1_000_000 },
        new BudgetPolicy { Window = BudgetWindow.Month, LimitUsd = Money.FromUsd(1_000_000_000m) },
        new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.FromUsd(100_000_000m) });

    [Benchmark(Description = "decide")]
    public object Plain() => _plain.Granted();

    [Benchmark(Description = "decide with limits and two budgets")]
    public object Limited() => _limited.Granted();

    [Benchmark(Description = "decide, apply, post, apply; limits and two budgets")]
    public long HoldAndPost() => _limited.HoldAndPost();
}
