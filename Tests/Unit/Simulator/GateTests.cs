using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Simulator;
using static OrleansGateway.Tests.Unit.Simulator.RunningSimulator;

namespace OrleansGateway.Tests.Unit.Simulator;

public sealed class GateTests
{
    [Fact]
    public async Task Calls_wait_at_a_gate_until_it_opens()
    {
        await using var simulator = await StartAsync(new SimulatorScript { Gate = "g" });
        var gates = simulator.Handle.Gates;

        var calls = new[] { simulator.AskAsync(Chat()), simulator.AskAsync(Chat()), simulator.AskAsync(Chat()) };
        await gates.WaitForWaitersAsync("g", 3, Cancel);
        Assert.Empty(simulator.Billed);
        Assert.Equal(3, simulator.Handle.Calls.Count);

        gates.Release("g");
        await Task.WhenAny(calls);
        Assert.Equal(2, gates.Waiting("g"));

        gates.Open("g");
        await Task.WhenAll(calls);
        await simulator.AskAsync(Chat());
        Assert.Equal(4, simulator.Billed.Count);
    }

    [Fact]
    public async Task A_stream_may_wait_in_its_middle()
    {
        await using var simulator = await StartAsync(new SimulatorScript { Gate = "g", GateAfterChunks = 2 });

        using var response = await simulator.PostAsync(Chat(stream: true));
        await simulator.Handle.Gates.WaitForWaitersAsync("g", 1, Cancel);
        Assert.Empty(simulator.Billed);
        simulator.Handle.Gates.Open("g");

        Assert.EndsWith("[DONE]\n\n", (await ReadAsync(response)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_who_leaves_the_gate_frees_its_place()
    {
        await using var simulator = await StartAsync(new SimulatorScript { Gate = "g" });
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var call = simulator.PostAsync(Chat(), cancel: leave.Token);
        await simulator.Handle.Gates.WaitForWaitersAsync("g", 1, Cancel);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await simulator.Handle.Calls.WaitForEndedAsync(1, Cancel);

        Assert.Equal(0, simulator.Handle.Gates.Waiting("g"));
    }

    [Fact]
    public async Task Waits_follow_the_clock_they_are_given()
    {
        var clock = new FakeTimeProvider();
        await using var simulator = await StartAsync(
            new SimulatorScript { LatencyMs = 60_000, Gate = "g" }, options => options.TimeProvider = clock);
        var call = simulator.AskAsync(Chat());
        await simulator.Handle.Gates.WaitForWaitersAsync("g", 1, Cancel);
        simulator.Handle.Gates.Open("g");

        while (!call.IsCompleted)
        {
            // The wait may not have begun yet when the clock is moved, so it is moved until the answer is there.
            clock.Advance(TimeSpan.FromSeconds(60));
            await Task.Yield();
        }

        Assert.Equal(clock.Start.ToUnixTimeSeconds() / 1_000_000, (await call).GetProperty("created").GetInt64() / 1_000_000);
    }
}
