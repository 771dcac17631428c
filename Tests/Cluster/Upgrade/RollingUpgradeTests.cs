using System.Text.Json;
using OrleansGateway.Tests.Cluster.Kubernetes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Upgrade;

/// <summary>Silos and web fronts of the previous release and of this build in one cluster, replaced one by one under load as their Deployments do, and back again.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class RollingUpgradeTests(ITestOutputHelper output)
{
    private const string Short = """{"latencyMs":20,"outputTokens":10,"chunkDelayMs":5}""";
    private static readonly TimeSpan Leaving = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_cluster_is_upgraded_and_rolled_back_process_by_process_without_a_lost_call_and_all_builds_tell_the_same()
    {
        var previous = PreviousRelease.OfCluster;
        await using var receiver = await WebhookReceiver.StartAsync(failures: int.MaxValue);
        await using var cluster = await SplitCluster.StartAsync(silos: 3, fronts: 2, previous, new() { OfSilos = KnownState.Settings });
        var state = await KnownState.MakeAsync(cluster.Fronts[0], receiver);
        var load = await SteadyLoad.StartAsync(cluster, Short);
        var told = await state.ReadAsync(cluster.Fronts[0]);
        await load.AnsweredAsync(200);
        var began = TimeProvider.System.GetUtcNow();

        await RollAsync(cluster, load, GatewayPlace.Here, front => AskAsync(state, front, older => KnownState.AssertSame(told, older)));
        output.WriteLine($"Upgraded after {(TimeProvider.System.GetUtcNow() - began).TotalSeconds:0} s");
        await state.DeliverAsync(cluster.Fronts[0]);
        await state.CallAsync(cluster.Fronts[0], 15);
        var now = await state.ReadAsync(cluster.Fronts[0]);
        await load.AnsweredAsync(300);

        await RollAsync(cluster, load, previous, front => AskAsync(state, front, older => KnownState.AssertSame(older, now)));
        output.WriteLine($"Rolled back after {(TimeProvider.System.GetUtcNow() - began).TotalSeconds:0} s");
        await state.CallAsync(cluster.Fronts[0], 15);
        await load.AnsweredAsync(300);

        var calls = (await load.EndAsync()).Where(c => c.Call.StartedAt > began).ToList();
        var failed = SteadyLoad.Failed(calls);
        load.Tell(output, calls, began);
        await load.CompareBooksAsync(besides: state.Requests);
        // What a silo that leaves costs at most, with one release as with two: see SiloFaultTests. In so many minutes a disk that others use may take
        // more than a second to flush, too.
        Assert.All(failed, c => Assert.True(c.Call is { Status: 503, Code: "gateway_overloaded" or "store_unavailable" } && !c.IsRetry, c.Call.ToString()));
        Assert.InRange(failed.Count, 0, calls.Count / 100);
    }

    /// <summary>Replaces every process by one of another build: the new one comes first, and a front gets no more calls before it is asked to stop.</summary>
    private static async Task RollAsync(SplitCluster cluster, SteadyLoad load, GatewayPlace build, Func<GatewayProcess, Task> check)
    {
        for (var i = 0; i < Math.Max(cluster.Silos.Count, cluster.Fronts.Count); i++)
        {
            if (i < cluster.Silos.Count)
            {
                var leaving = cluster.Silos[i];
                cluster.Silos[i] = await cluster.StartSiloAsync(build);
                await leaving.StopAsync(Leaving);
                await leaving.DisposeAsync();
                await load.AnsweredAsync(100);
            }
            if (i < cluster.Fronts.Count)
            {
                var leaving = cluster.Fronts[i];
                var fronts = cluster.Fronts.ToArray();
                fronts[i] = await cluster.StartFrontAsync(build);
                cluster.Fronts = fronts;
                await load.AnsweredAsync(100);
                await leaving.StopAsync(Leaving);
                await leaving.DisposeAsync();
            }
            foreach (var front in cluster.Fronts) await check(front);
        }
    }

    private static async Task AskAsync(KnownState state, GatewayProcess front, Action<Dictionary<string, JsonElement>> compare)
    {
        compare(await state.ReadAsync(front));
        await state.AskOnceAsync(front);
    }
}
