using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>What callers notice when silos die, hang, leave or lose the API server; after each the three books are equal.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class SiloFaultTests(ITestOutputHelper output)
{
    private const string Short = """{"latencyMs":20,"outputTokens":10,"chunkDelayMs":5}""";

    // What is required is 5 s and 15 s; the rest is room for a machine that does much else.
    private static readonly TimeSpan Moments = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task A_silo_that_is_killed_under_load_costs_a_few_seconds_of_503_that_one_retry_heals()
    {
        await using var cluster = await SplitCluster.StartAsync(silos: 3, fronts: 2);
        var load = await UnderWayAsync(cluster);

        var killed = TimeProvider.System.GetUtcNow();
        await cluster.Silos[1].KillAsync();
        await load.AllServedAsync(Soon);
        await load.AnsweredAsync(500);
        var calls = await EndAsync(load, killed);

        var failed = SteadyLoad.Failed(calls);
        Assert.All(failed, c => Assert.True(c.Call is { Status: 503 } or { Status: 200, Plan.Stream: true }, c.Call.ToString()));
        Assert.All(failed, c => Assert.False(c.IsRetry, $"The retry failed too: {c.Call}"));
        Assert.All(failed, c => Assert.InRange(c.Call.StartedAt, DateTimeOffset.MinValue, killed + Moments));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(90, Explicit = true)]
    public async Task Tenants_of_a_silo_that_hangs_are_served_elsewhere_and_others_do_not_notice(int atLeastSeconds)
    {
        await using var cluster = await SplitCluster.StartAsync(silos: 3, fronts: 2);
        var load = await UnderWayAsync(cluster);

        var hung = TimeProvider.System.GetUtcNow();
        await cluster.Silos[1].SignalAsync("STOP");
        await load.AllServedAsync(Soon);
        var served = TimeProvider.System.GetUtcNow();
        output.WriteLine($"All tenants were served again {(served - hung).TotalSeconds:0.0} s after the silo hung");
        await HeartbeatAfterAsync(cluster, hung + TimeSpan.FromSeconds(atLeastSeconds));
        await load.AnsweredAsync(500);
        output.WriteLine($"It hung for {(TimeProvider.System.GetUtcNow() - hung).TotalSeconds:0.0} s");
        var late = SteadyLoad.Failed(load.Calls).Where(c => c.Call.StartedAt > served).ToList();
        var ended = cluster.Silos[1].WaitForExitAsync();
        await cluster.Silos[1].SignalAsync("CONT");
        await ended.WaitAsync(Soon);
        await load.AnsweredAsync(100);
        var calls = await EndAsync(load, hung);

        Assert.InRange(late.Count, 0, calls.Count(c => c.Call.StartedAt > served) / 100);
        Assert.All(SteadyLoad.Failed(calls), c => Assert.True(c.Call is { Status: 503 } or { Status: 200, Plan.Stream: true }, c.Call.ToString()));
        Assert.Contains("told I am dead", cluster.Silos[1].Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_notices_a_silo_that_leaves_in_order_under_load_nor_one_that_comes()
    {
        await using var cluster = await SplitCluster.StartAsync(silos: 3, fronts: 2);
        var load = await UnderWayAsync(cluster);

        var leaving = TimeProvider.System.GetUtcNow();
        await cluster.Silos[1].StopAsync(TimeSpan.FromSeconds(120));
        output.WriteLine($"It had left {(TimeProvider.System.GetUtcNow() - leaving).TotalSeconds:0.0} s after it was asked to");
        await load.AnsweredAsync(300);
        cluster.Silos.Add(await cluster.StartSiloAsync());
        await load.AnsweredAsync(300);
        var calls = await EndAsync(load, leaving);

        Assert.Empty(SteadyLoad.Failed(calls).Select(c => c.Call.ToString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, Explicit = true)]
    public async Task Nobody_notices_that_what_callers_call_is_scaled_in_with_their_streams_under_way(bool combined)
    {
        await using var cluster = combined ? await SplitCluster.StartCombinedAsync(3) : await SplitCluster.StartAsync(silos: 2, fronts: 2);
        var load = await UnderWayAsync(cluster);

        var leaving = cluster.Fronts[1];
        var streams = load.StreamAt(leaving, """{"outputTokens":20,"gate":"scale-in","gateAfterChunks":3}""");
        await cluster.Upstream.Gates.WaitForWaitersAsync("scale-in", streams.Count);
        cluster.TakeOut(leaving);
        var since = TimeProvider.System.GetUtcNow();
        var ended = leaving.WaitForExitAsync();
        await leaving.SignalAsync("TERM");
        await Eventually.BecomesAsync(leaving.IsReadyAsync, ready => !ready, Soon, "A process that is not ready any more");
        await load.AnsweredAsync(100);
        Assert.False(ended.IsCompleted, "It ended with streams under way");
        cluster.Upstream.Gates.Open("scale-in");
        Assert.All(await Task.WhenAll(streams), call => Assert.True(call.Answered, call.ToString()));
        await ended.WaitAsync(TimeSpan.FromSeconds(120));
        output.WriteLine($"It had left {(TimeProvider.System.GetUtcNow() - since).TotalSeconds:0.0} s after it was asked to");
        await load.AnsweredAsync(300);
        var calls = await EndAsync(load, since);

        Assert.Empty(SteadyLoad.Failed(calls).Select(c => c.Call.ToString()));
    }

    [Fact(Explicit = true)]
    public async Task Nobody_notices_that_the_api_server_is_away()
    {
        await using var cluster = await SplitCluster.StartAsync(silos: 3, fronts: 2);
        var load = await UnderWayAsync(cluster);

        var away = TimeProvider.System.GetUtcNow();
        cluster.Api.GoDown();
        await HeartbeatAfterAsync(cluster, away + TimeSpan.FromMinutes(1));
        await cluster.Api.Requests.ReachesAsync("patch leases", cluster.Api.Requests["patch leases"] + 8).WaitAsync(TimeSpan.FromMinutes(2));
        output.WriteLine($"The API server was away for {(TimeProvider.System.GetUtcNow() - away).TotalSeconds:0.0} s");
        await load.AnsweredAsync(100);
        cluster.Api.ComeBack();
        await cluster.Api.Requests.ReachesAsync("patch leases", cluster.Api.Requests["patch leases"] + 3).WaitAsync(TimeSpan.FromMinutes(2));
        var calls = await EndAsync(load, away);

        Assert.Empty(SteadyLoad.Failed(calls).Select(c => c.Call.ToString()));
    }

    [Fact(Explicit = true)]
    public async Task After_all_silos_were_killed_new_ones_serve_again()
    {
        await using var cluster = await SplitCluster.StartAsync(silos: 3, fronts: 2);
        var load = await UnderWayAsync(cluster);

        var killed = TimeProvider.System.GetUtcNow();
        await Task.WhenAll(cluster.Silos.Select(silo => silo.KillAsync()));
        cluster.Silos.AddRange(await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => cluster.StartSiloAsync())));
        output.WriteLine($"New silos were ready {(TimeProvider.System.GetUtcNow() - killed).TotalSeconds:0.0} s after the others were killed");
        await load.AllServedAsync(TimeSpan.FromSeconds(90));
        output.WriteLine($"All tenants were served again {(TimeProvider.System.GetUtcNow() - killed).TotalSeconds:0.0} s after all silos were killed");
        await load.AnsweredAsync(300);
        await EndAsync(load, killed);
    }

    /// <summary>Returns when a heartbeat is tried after that instant; one comes every few seconds.</summary>
    private static async Task HeartbeatAfterAsync(SplitCluster cluster, DateTimeOffset instant)
    {
        do await cluster.Api.Requests.ReachesAsync("patch leases", cluster.Api.Requests["patch leases"] + 1).WaitAsync(TimeSpan.FromMinutes(1));
        while (TimeProvider.System.GetUtcNow() < instant);
    }

    private static async Task<SteadyLoad> UnderWayAsync(SplitCluster cluster)
    {
        var load = await SteadyLoad.StartAsync(cluster, Short);
        await load.AnsweredAsync(200);
        return load;
    }

    /// <summary>Ends it, says what failed and when, and compares the books.</summary>
    private async Task<List<SteadyLoad.EndedCall>> EndAsync(SteadyLoad load, DateTimeOffset since)
    {
        var calls = await load.EndAsync();
        load.Tell(output, calls, since);
        await load.CompareBooksAsync();
        return calls;
    }
}
