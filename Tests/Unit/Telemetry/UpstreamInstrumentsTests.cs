using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Telemetry;

/// <summary>Calls through the whole pool, as they are measured.</summary>
public sealed class UpstreamInstrumentsTests : IDisposable
{
    private readonly ScriptedPool _pool = new();
    private readonly Measurements _measured;

    public UpstreamInstrumentsTests() => _measured = new Measurements(_pool.Meter);

    public void Dispose()
    {
        _measured.Dispose();
        _pool.Dispose();
    }

    [Fact]
    public async Task A_call_that_falls_back_is_two_attempts_of_which_one_has_usage()
    {
        _pool.A.Answers("""{"error":{"message":"no such model"}}""", 404);
        _pool.B.Answers("""{"choices":[{"message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":12,"completion_tokens":3}}""");
        var plan = _pool.Plan(ScriptedPool.TargetA, ScriptedPool.TargetB);
        var answer = await _pool.FinishAsync(() => _pool.Relay.CompleteAsync(plan, ScriptedPool.Request()));

        Assert.IsType<ProviderAnswer.Completed>(answer);
        Assert.Equal(1, _measured.Of("gateway.attempts{gateway.outcome=upstream_404,gen_ai.provider.name=a,gen_ai.request.model=m1}"));
        Assert.Equal(1, _measured.Of("gateway.attempts{gateway.outcome=ok,gen_ai.provider.name=b,gen_ai.request.model=m2}"));
        Assert.Equal(1, _measured.Of("gen_ai.client.operation.duration#{error.type=upstream_404,gen_ai.operation.name=chat,gen_ai.provider.name=a,gen_ai.request.model=m1}"));
        Assert.Equal(1, _measured.Of("gen_ai.client.operation.duration#{gen_ai.operation.name=chat,gen_ai.provider.name=b,gen_ai.request.model=m2}"));
        Assert.Equal(12, _measured.Of("gen_ai.client.token.usage{gen_ai.operation.name=chat,gen_ai.provider.name=b,gen_ai.request.model=m2,gen_ai.token.type=input}"));
        Assert.Equal(3, _measured.Of("gen_ai.client.token.usage{gen_ai.operation.name=chat,gen_ai.provider.name=b,gen_ai.request.model=m2,gen_ai.token.type=output}"));
        Assert.Equal(1, _measured.Of("gateway.fallbacks{gateway.reason=upstream_404,gen_ai.request.model=m1,gen_ai.response.model=m2}"));

        _measured.Observe();
        Assert.Equal(
            (0, 0),
            (_measured.Of("gateway.circuit.state{gen_ai.provider.name=a,gen_ai.request.model=m1}"),
                _measured.Of("gateway.upstream.active{gen_ai.provider.name=a,gen_ai.request.model=m1}")));
        Assert.Contains("gateway.postings.waiting", _measured.All.Keys);
        Labels.AreOfTheTable(_measured);
    }

    [Fact]
    public async Task A_stream_begins_once_and_is_not_active_afterwards()
    {
        _pool.A.Streams(
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"!\"}}]}\n\n"
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n");
        Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(new FakeSink()));

        Assert.Equal(1, _measured.Of("gen_ai.client.operation.time_to_first_chunk#{gen_ai.operation.name=chat,gen_ai.provider.name=a,gen_ai.request.model=m1}"));
        Assert.Equal(0, _measured.Of("gateway.streams.active{gen_ai.provider.name=a,gen_ai.request.model=m1}"));
        Assert.Contains("gateway.streams.active{gen_ai.provider.name=a,gen_ai.request.model=m1}", _measured.All.Keys);
        Labels.AreOfTheTable(_measured);
    }

    [Fact]
    public void Costs_are_compared_under_the_labels_of_the_table()
    {
        var costs = new CostInstruments(_pool.Meter);
        costs.OnCompared("a", "m1", -5);
        costs.OnOverrun("a", "m1");
        Assert.Equal(-5, _measured.Of("gateway.cost.drift{gen_ai.provider.name=a,gen_ai.request.model=m1}"));
        Assert.Equal(1, _measured.Of("gateway.cost.compared{gateway.outcome=below,gen_ai.provider.name=a,gen_ai.request.model=m1}"));
        Assert.Equal(1, _measured.Of("gateway.cost.overruns{gen_ai.provider.name=a,gen_ai.request.model=m1}"));
        Labels.AreOfTheTable(_measured);
    }
}
