using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class CircuitsTests : IDisposable
{
    private const string Answer = """{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":5}}""";

    private readonly ScriptedPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_failing_target_is_left_alone_until_its_circuit_is_half_open()
    {
        await OpenAsync();
        var calls = _pool.A.Calls.Count;
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((UpstreamFailureKind.Unavailable, "breaker_open", 0), (failed.Kind, failed.Outcome, failed.By.Attempts));
        Assert.InRange(failed.RetryAfter!.Value.TotalSeconds, 1, 15);
        Assert.Equal(calls, _pool.A.Calls.Count);
        Assert.Equal(PostingKind.Void, _pool.Holds.Postings[^1].Kind);

        _pool.Time.Advance(TimeSpan.FromSeconds(15));
        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
    }

    [Fact]
    public async Task A_probe_that_fails_opens_the_circuit_again()
    {
        await OpenAsync();
        _pool.Time.Advance(TimeSpan.FromSeconds(15));
        var calls = _pool.A.Calls.Count;
        await _pool.CompleteAsync();
        Assert.Equal("breaker_open", Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync()).Outcome);
        Assert.Equal(calls + 1, _pool.A.Calls.Count);
    }

    [Fact]
    public async Task Whoever_comes_while_a_circuit_is_tried_is_refused_for_a_moment_and_keeps_nobody_away_from_a_model_that_answers()
    {
        await OpenAsync();
        _pool.Time.Advance(TimeSpan.FromSeconds(15));
        var answered = new TaskCompletionSource();
        _pool.A.Streams(new ScriptedStream().ThenWait(answered.Task).Then(Answer), "application/json");
        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        var tried = _pool.Relay.CompleteAsync(_pool.Plan(ScriptedPool.TargetA), ScriptedPool.Request());

        var refused = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal(("breaker_open", TimeSpan.FromSeconds(1)), (refused.Outcome, refused.RetryAfter));
        answered.SetResult();
        Assert.IsType<ProviderAnswer.Completed>(await tried);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
    }

    [Fact]
    public async Task A_circuit_that_is_tried_by_a_stream_closes_with_its_first_events()
    {
        await OpenAsync();
        _pool.Time.Advance(TimeSpan.FromSeconds(15));
        var ended = new TaskCompletionSource();
        _pool.A.Streams(new ScriptedStream().Then("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n").ThenWait(ended.Task).Then("data: [DONE]\n\n"));
        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        var begun = new TaskCompletionSource();
        var sink = new FakeSink { OnPush = () => begun.TrySetResult() };
        var stream = _pool.Relay.StreamAsync(_pool.Plan(ScriptedPool.TargetA), ScriptedPool.Request(stream: true), sink);
        await begun.Task;

        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        ended.SetResult();
        Assert.IsType<ProviderAnswer.Streamed>(await stream);
    }

    [Fact]
    public async Task An_open_circuit_falls_back_and_leaves_other_models_alone()
    {
        await OpenAsync();
        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.OtherTargetA));
        Assert.Equal(new AnsweredBy("a", "m3", 1, true, "fallback:breaker_open"), completed.By);
    }

    [Fact]
    public async Task What_callers_do_wrong_opens_no_circuit()
    {
        _pool.A.Always = () => ScriptedUpstream.Response("{}", 400);
        for (var i = 0; i < 30; i++) await _pool.CompleteAsync();
        Assert.Equal(30, _pool.A.Calls.Count);
    }

    [Fact]
    public async Task First_calls_that_come_at_once_share_one_circuit()
    {
        var time = new PoolTime(_pool.Time);
        var health = new UpstreamHealth(time);
        var circuits = new Circuits(health, time);
        var gone = Polly.Outcome.FromResult<AttemptOutcome>(new AttemptOutcome.Failed(UpstreamFailureKind.Error, "gone"));
        using var client = new UpstreamClient(new ProviderOptions { BaseAddress = new Uri("https://a.test/v1") }, _pool.A);
        for (var model = 0; model < 50; model++)
        {
            var target = ScriptedPool.TargetA with { Model = $"m{model}" };
            using var together = new Barrier(4);
            var calls = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    var call = new UpstreamCall(_pool.Plan(target), ScriptedPool.Request(), null, time);
                    var aimed = call.Aim(target, client, health.Of(target.Provider, target.Model), hasAnother: false);
                    together.SignalAndWait();
                    return circuits.RunAsync(aimed, (_, _) => new(gone)).AsTask();
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap());
            Assert.All(await Task.WhenAll(calls), outcome => Assert.Equal("gone", Assert.IsType<AttemptOutcome.Failed>(outcome).Word));
        }
    }

    private async Task OpenAsync()
    {
        _pool.A.Always = () => ScriptedUpstream.Response("", 500);
        for (var i = 0; i < 4; i++) await _pool.CompleteAsync();
        Assert.Equal(10, _pool.A.Calls.Count);
    }
}
