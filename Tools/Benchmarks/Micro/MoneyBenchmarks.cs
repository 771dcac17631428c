using System.Text.Json;
using BenchmarkDotNet.Attributes;

namespace OrleansGateway.Benchmarks;

/// <summary>Arithmetic on prices and amounts.</summary>
public class MoneyBenchmarks
{
    private static readonly TokenUsage Usage = new(1_250, 340, CachedInput: 1_024, Reasoning: 120);

    private readonly Money _amount = Money.FromUsd(0.003219482m);
    private readonly byte[] _json = "0.003219482"u8.ToArray();
    private readonly PriceCard _card = new()
    {
        Version = "2026-01-01",
        EffectiveFrom = DateTimeOffset.UnixEpoch,
        InputUsdPerMillion = Money.FromUsd(2),
        OutputUsdPerMillion = Money.FromUsd(8),
        CachedInputUsdPerMillion = Money.FromUsd(0.5m),
    };

    [Benchmark(Description = "cost of a usage")]
    public long Cost() => _card.CostOf(Usage).NanoDollars;

    [Benchmark(Description = "worst case of a request")]
    public long WorstCase() => _card.WorstCase(900, 200).NanoDollars;

    [Benchmark(Description = "write an amount")]
    public string Write() => _amount.ToString();

    [Benchmark(Description = "read an amount")]
    public long Read() => JsonSerializer.Deserialize<Money>(_json).NanoDollars;
}
