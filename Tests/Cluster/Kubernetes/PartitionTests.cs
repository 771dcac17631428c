namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>
/// A silo that the network cuts off while callers call: what they notice, and that nothing is admitted or spent that the books do not have. Run when asked for
/// (README.md): it wants root, and two minutes each.
/// </summary>
[Collection(SlowestFirst.Clusters)]
public sealed class PartitionTests(ITestOutputHelper output)
{
    private const string Short = """{"latencyMs":20,"outputTokens":10,"chunkDelayMs":5}""";

    // Detection takes some 10 s, and what was lost on the way its response time-out; the rest is room for a machine that does much else.
    private static readonly TimeSpan Reaction = TimeSpan.FromSeconds(90);

    [Fact(Explicit = true)]
    public async Task A_silo_that_reaches_no_other_process_but_the_stores_is_voted_out_and_ends_by_itself()
    {
        await using var network = await NamespacedNetwork.CreateAsync();
        await using var cluster = await SplitCluster.StartAsync(silos: 3, fronts: 2, setting: new() { Network = network });
        var load = await SteadyLoad.StartAsync(cluster, Short);
        await load.AnsweredAsync(200);

        var cut = TimeProvider.System.GetUtcNow();
        var ended = cluster.Silos[1].WaitForExitAsync();
        await network.CutOffAsync(cluster.Silos[1], fromHost: false);
        var reacted = await ServedElsewhereAsync(load, cut);
        // It reads in the table that it is dead: no healing is needed.
        await ended.WaitAsync(Reaction);
        output.WriteLine($"It had ended {(TimeProvider.System.GetUtcNow() - cut).TotalSeconds:0.0} s after it was cut off");
        await network.HealAsync(cluster.Silos[1]);

        await EndAsync(cluster, load, cut, reacted);
    }

    [Fact(Explicit = true)]
    public async Task A_silo_that_reaches_nothing_admits_nothing_and_ends_by_itself_once_it_is_back()
    {
        await using var network = await NamespacedNetwork.CreateAsync();
        await using var cluster = await SplitCluster.StartAsync(silos: 3, fronts: 2, setting: new() { Network = network });
        var load = await SteadyLoad.StartAsync(cluster, Short);
        await load.AnsweredAsync(200);

        var cut = TimeProvider.System.GetUtcNow();
        var ended = cluster.Silos[1].WaitForExitAsync();
        await network.CutOffAsync(cluster.Silos[1], fromHost: true);
        var reacted = await ServedElsewhereAsync(load, cut);
        Assert.False(ended.IsCompleted, "It ended before it could know that it was voted out: " + cluster.Silos[1].Output);
        var healed = TimeProvider.System.GetUtcNow();
        await network.HealAsync(cluster.Silos[1]);
        await ended.WaitAsync(Reaction);
        output.WriteLine(
            $"It was healed {(healed - cut).TotalSeconds:0.0} s after it was cut off, and had ended {(TimeProvider.System.GetUtcNow() - healed).TotalSeconds:0.0} s later");

        await EndAsync(cluster, load, cut, reacted);
    }

    /// <summary>Returns, once all tenants are served again and on for a while, when they were.</summary>
    private async Task<DateTimeOffset> ServedElsewhereAsync(SteadyLoad load, DateTimeOffset cut)
    {
        await load.AllServedAsync(Reaction);
        var reacted = TimeProvider.System.GetUtcNow();
        output.WriteLine($"All tenants were served again {(reacted - cut).TotalSeconds:0.0} s after the silo was cut off");
        await load.AnsweredAsync(1000);
        return reacted;
    }

    private async Task EndAsync(SplitCluster cluster, SteadyLoad load, DateTimeOffset cut, DateTimeOffset reacted)
    {
        Assert.Contains("told I am dead", cluster.Silos[1].Output, StringComparison.Ordinal);
        cluster.Silos.Add(await cluster.StartSiloAsync());
        await load.AnsweredAsync(500);

        var calls = await load.EndAsync();
        load.Tell(output, calls, cut);
        await load.CompareBooksAsync();
        var failed = SteadyLoad.Failed(calls);
        Assert.All(failed, c => Assert.True(c.Call is { Status: 503 } or { Status: 200, Plan.Stream: true }, c.Call.ToString()));
        var later = calls.Where(c => c.Call.StartedAt > reacted).ToList();
        Assert.InRange(SteadyLoad.Failed(later).Count, 0, later.Count / 100);
    }
}
