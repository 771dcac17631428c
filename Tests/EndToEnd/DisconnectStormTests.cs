using System.Net;
using OrleansGateway.Soak;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Callers who hang up at random moments; <c>Tools/Soak --hang-ups 10000</c> is the same at its full size, on three silos.</summary>
public sealed class DisconnectStormTests
{
    private const int Seed = 20_260_602;
    private const int Calls = 2_000;

    [Fact]
    public async Task A_disconnect_storm_leaves_all_slots_free_and_every_stream_charged_for_what_the_upstream_produced()
    {
        await using var gateway = await TestGateway.StartAsync();
        var caller = await gateway.OpenTenantAsync($$"""{"limits":{"concurrentRequests":{{DisconnectRun.Wave}} },"budgets":[{"window":"total","limitUsd":50}]}""");
        gateway.Simulator.Script.Default = new() { OutputTokens = 20, ChunkDelayMs = 2 };
        using var storm = new DisconnectStorm([gateway.Address], caller.Key, Seed, TimeProvider.System);
        var run = new DisconnectRun(storm, gateway.Simulator, caller.TenantId, path => gateway.AdminAsync(HttpMethod.Get, path), TimeProvider.System);

        var violations = await run.RunAsync(Calls);

        Assert.True(violations.Count == 0, $"Seed {Seed}: {string.Join('\n', violations)}");
        // It was no idle storm: callers left in each way, and the books know of their going.
        Assert.All(storm.HungUp, left => Assert.InRange(left.Count, 100, Calls));
        Assert.InRange(run.Books!.Ledger.Count(l => l is { Outcome: "client_gone", Kind: "posted" }), 200, Calls);

        // Every slot is free: as many calls as there are slots are admitted at once, and not one more.
        const string Gated = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":5,"x_sim":{"gate":"slots"}}""";
        var calls = Enumerable.Range(0, DisconnectRun.Wave).Select(_ => caller.ChatAsync(Gated)).ToList();
        await gateway.Simulator.Gates.WaitForWaitersAsync("slots", DisconnectRun.Wave);
        using (var oneMore = await caller.ChatAsync(Gated)) Assert.Equal(HttpStatusCode.TooManyRequests, oneMore.StatusCode);
        gateway.Simulator.Gates.Open("slots");
        Assert.All(await Task.WhenAll(calls), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }
}
