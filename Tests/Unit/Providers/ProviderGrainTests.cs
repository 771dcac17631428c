using System.Collections.Immutable;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>What web fronts in other processes see of the pool.</summary>
public sealed class ProviderGrainTests : IDisposable
{
    private readonly ScriptedPool _pool = new();
    private readonly FrontCalls _fronts;

    public ProviderGrainTests() => _fronts = new FrontCalls(_pool.Time);

    public void Dispose()
    {
        _fronts.Dispose();
        _pool.Dispose();
    }

    [Fact]
    public async Task A_message_that_is_turned_back_within_a_call_does_not_look_like_the_calls_own()
    {
        var grain = new ProviderGrain(new Broken(new SiloUnavailableException("gone")), _fronts);
        var thrown = await Assert.ThrowsAnyAsync<OrleansException>(() => grain.Serve(ScriptedPool.Call(), null, new Front()));

        Assert.IsNotType<OrleansMessageRejectionException>(thrown, exactMatch: false);
        Assert.Equal(GatewayErrorKind.UpstreamUnavailable, OrleansGateway.Faults.Of(thrown, dispatched: true).Kind);
    }

    [Fact]
    public async Task A_caller_whose_front_tells_that_it_has_gone_is_not_served()
    {
        var asked = new TaskCompletionSource();
        _pool.Holds.Reserving = asked.Task;
        var grain = new ProviderGrain(_pool.Pool, _fronts);
        var call = ScriptedPool.Call();
        var serving = grain.Serve(call, null, new Front());
        await grain.Leave(call.RequestId);
        asked.SetResult();

        Assert.IsType<PoolAnswer.CallerGone>(await serving);
        Assert.Empty(_pool.A.Calls);
    }

    private sealed class Broken(Exception fault) : IProviderPool
    {
        public Task<PoolAnswer> ServeAsync(PoolCall asked, IChunkSink? sink, CancellationToken gone) => Task.FromException<PoolAnswer>(fault);
    }

    private sealed class Front : ICallWatch
    {
        public Task Alive(ImmutableArray<string> requestIds) => Task.CompletedTask;
    }
}
