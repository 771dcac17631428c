namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>What a silo that joins under load takes over: new tenants at once, and old ones when it is asked to.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class ScaleOutTests(ITestOutputHelper output)
{
    private const string Short = """{"latencyMs":20,"outputTokens":10,"chunkDelayMs":5}""";
    private const string Long = """{"latencyMs":900,"outputTokens":10,"chunkDelayMs":5}""";
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task New_tenants_go_to_a_silo_that_has_just_joined()
    {
        await using var cluster = await SplitCluster.StartAsync(silos: 2, fronts: 1);
        await using var spread = await TenantSpread.WatchAsync(cluster);
        var load = await SteadyLoad.StartAsync(cluster, Short);
        await load.AnsweredAsync(200);

        var old = (await spread.ReadAsync()).Keys.ToHashSet();
        cluster.Silos.Add(await cluster.StartSiloAsync());
        var later = await SteadyLoad.StartAsync(cluster, Short, [.. Enumerable.Range(1, 30).Select(i => $"later-{i}")]);
        await later.AllServedAsync(TimeSpan.FromSeconds(60));
        var now = await spread.ReadAsync();
        await Task.WhenAll(load.EndAsync(), later.EndAsync());

        var taken = now.Single(silo => !old.Contains(silo.Key)).Value.Count(tenant => tenant.StartsWith("later-", StringComparison.Ordinal));
        output.WriteLine($"The silo that had joined got {taken} of 30 new tenants");
        // Its share would be ten; how many more it gets depends on what the silos say of themselves at that moment.
        Assert.InRange(taken, 6, 30);
    }

    /// <summary>The figures of ADR 25; takes six minutes each, on a machine that does nothing else.</summary>
    [Theory(Explicit = true)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task How_hot_tenants_are_spread_after_a_silo_has_joined_and_what_moving_them_costs(bool rebalance)
    {
        await using var cluster = await SplitCluster.StartAsync(
            silos: 2, fronts: 1, setting: new() { OfSilos = new Dictionary<string, string?> { ["Gateway:RebalanceActivations"] = $"{rebalance}" } });
        await using var spread = await TenantSpread.WatchAsync(cluster);
        var load = await SteadyLoad.StartAsync(cluster, Long, [.. Enumerable.Range(1, 60).Select(i => $"hot-{i}")]);
        await load.AnsweredAsync(200);

        var began = TimeProvider.System.GetUtcNow();
        var silos = new List<SiloAddress>();
        for (var step = 0; step <= 8; step++)
        {
            var from = TimeProvider.System.GetUtcNow();
            var cpu = cluster.Silos.ConvertAll(silo => silo.CpuTime);
            // A while of load is what is measured here; nothing announces its end.
            await Task.Delay(step == 0 ? Before : Step, TimeProvider.System);
            var used = cluster.Silos.Select((silo, i) => (silo.CpuTime - cpu[i]).TotalSeconds).ToList();
            var tenants = await spread.ReadAsync();
            silos.AddRange(tenants.Keys.Except(silos));
            output.WriteLine(
                $"{(from - began).TotalSeconds,4:0} s: tenants {string.Join(" / ", silos.Select(silo => tenants[silo].Count))}, "
                + $"CPU {string.Join(" / ", used.Select(u => $"{u / used.Sum():P0}"))}, {Latency(load, from)}");
            if (step == 0) cluster.Silos.Add(await cluster.StartSiloAsync());
        }

        var calls = await load.EndAsync();
        load.Tell(output, calls, began);
        await load.CompareBooksAsync();
    }

    private static string Latency(SteadyLoad load, DateTimeOffset from)
    {
        var calls = load.Calls.Where(c => c.EndedAt >= from).ToList();
        var took = calls.Select(c => (c.EndedAt - c.Call.StartedAt).TotalMilliseconds).Order().ToList();
        return $"{calls.Count} calls, {SteadyLoad.Failed(calls).Count} failed, p50 {took[took.Count / 2]:0} ms, p99 {took[took.Count * 99 / 100]:0} ms, slowest {took[^1]:0} ms";
    }
}
