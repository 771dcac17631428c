using System.Diagnostics;
using System.Globalization;

namespace OrleansGateway.Benchmarks;

/// <summary>
/// Reserves and posts, over and over, through the tenants' grains: what every request does beside its upstream call. Each pair is two appends
/// that the store has confirmed. The load runs in the silo's process, and its processor time counts.
/// </summary>
internal sealed class PairsRun(PairsSilo silo, PairsOptions options)
{
    private long _pairs;
    private long _requests;
    private volatile bool _stopping;

    public async Task<PairsResult> MeasureAsync()
    {
        var loops = Enumerable.Range(0, options.InFlight).Select(i => Task.Run(() => LoopAsync(i))).ToList();
        await Task.Delay(options.WarmUp);
        using var self = Process.GetCurrentProcess();
        var (pairs, cpu, storeCpu, started) = (Interlocked.Read(ref _pairs), self.TotalProcessorTime, silo.StoreCpu, Stopwatch.GetTimestamp());
        await Task.Delay(options.Duration);
        var elapsed = Stopwatch.GetElapsedTime(started);
        pairs = Interlocked.Read(ref _pairs) - pairs;
        self.Refresh();
        var result = new PairsResult(silo.Store, silo.Tenants.Count, options.InFlight, pairs, elapsed, self.TotalProcessorTime - cpu, silo.StoreCpu - storeCpu);
        _stopping = true;
        await Task.WhenAll(loops);
        return result;
    }

    private async Task LoopAsync(int loop)
    {
        for (var i = loop; !_stopping; i += options.InFlight)
        {
            var tenant = silo.Tenants[i % silo.Tenants.Count];
            var request = string.Create(CultureInfo.InvariantCulture, $"req_{Interlocked.Increment(ref _requests):D22}");
            var outcome = await tenant.Grain.Reserve(new ReservationRequest
            {
                Hold = new HoldId(request, 1),
                KeyId = tenant.KeyId,
                Model = "gpt-4.1",
                InputBytes = 900,
                OutputTokens = 200,
            });
            if (outcome is not ReservationOutcome.Granted { Plan: var plan }) throw new InvalidOperationException($"Not admitted: {outcome}");
            await tenant.Grain.Post(new Posting
            {
                Hold = plan.Hold,
                Kind = PostingKind.Posted,
                Provider = plan.Targets[0].Provider,
                Model = plan.Targets[0].Model,
                Usage = new TokenUsage { Input = 220, Output = 150 },
                Cost = Money.FromUsd(0.00164m),
                PriceVersion = plan.Targets[0].Price.Version,
                Outcome = "ok",
            });
            Interlocked.Increment(ref _pairs);
        }
    }
}

/// <summary>What a run gave.</summary>
internal sealed record PairsResult(string Store, int Tenants, int InFlight, long Pairs, TimeSpan Elapsed, TimeSpan Cpu, TimeSpan StoreCpu)
{
    public string Line() => string.Create(CultureInfo.InvariantCulture,
        $"{Store,-8} {Tenants,5} tenants, {InFlight} in flight: {Pairs / Elapsed.TotalSeconds,8:N0} pairs/s, {Cpu.TotalMicroseconds / Pairs,6:N1} µs CPU a pair"
        + $"{(StoreCpu > TimeSpan.Zero ? $" + {StoreCpu.TotalMicroseconds / Pairs:N1} in redis-server" : "")}");
}
