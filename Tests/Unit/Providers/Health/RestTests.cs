using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers.Health;

/// <summary>Targets that are left alone, and what a request does meanwhile.</summary>
public sealed class RestTests : IDisposable
{
    private const string Answer = """{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":5}}""";

    private readonly ScriptedPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_rate_limit_sends_a_request_to_another_model_at_once_and_those_that_follow_do_not_even_ask()
    {
        _pool.A.Answers("{}", 429, headers: ("Retry-After", "30"));
        _pool.B.Always = () => ScriptedUpstream.Response(Answer);
        var start = _pool.Time.GetUtcNow();
        for (var i = 0; i < 3; i++)
        {
            var answer = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
            Assert.Equal(("b", true), (answer.By.Provider, answer.By.Fallback));
        }
        Assert.Single(_pool.A.Calls);
        Assert.InRange(_pool.Time.GetUtcNow() - start, TimeSpan.Zero, TimeSpan.FromSeconds(1));

        // Its time is over.
        _pool.Time.Advance(TimeSpan.FromSeconds(30));
        _pool.A.Answers(Answer);
        Assert.Equal("a", Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By.Provider);
    }

    [Fact]
    public async Task A_request_with_no_other_target_waits_for_a_moment_and_not_for_longer()
    {
        _pool.Health.Of("a", "m1").LeaveAlone(_pool.Time.GetUtcNow() + TimeSpan.FromSeconds(20), UpstreamFailureKind.RateLimited);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((UpstreamFailureKind.RateLimited, "upstream_429", TimeSpan.FromSeconds(20), 0), (failed.Kind, failed.Outcome, failed.RetryAfter, failed.By.Attempts));
        Assert.Equal(PostingKind.Void, Assert.Single(_pool.Holds.Postings).Kind);

        _pool.Time.Advance(TimeSpan.FromSeconds(18.5));
        _pool.A.Answers(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        Assert.InRange(_pool.A.Calls[0].At, DateTimeOffset.MinValue.AddTicks(_pool.Time.Start.AddSeconds(20).Ticks), DateTimeOffset.MaxValue);
    }

    [Fact]
    public async Task A_target_that_rests_for_a_moment_is_tried_after_the_others_have_failed()
    {
        _pool.Health.Of("a", "m1").LeaveAlone(_pool.Time.GetUtcNow() + TimeSpan.FromSeconds(1), UpstreamFailureKind.RateLimited);
        _pool.Health.Of("a", "m3").LeaveAlone(_pool.Time.GetUtcNow() + TimeSpan.FromSeconds(20), UpstreamFailureKind.RateLimited);
        _pool.B.Answers("{}", 404);
        _pool.A.Answers(Answer);
        var start = _pool.Time.GetUtcNow();
        Assert.Equal(
            new AnsweredBy("a", "m1", 2, false),
            Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.OtherTargetA, ScriptedPool.TargetB)).By);
        Assert.InRange((_pool.A.Calls[0].At - start).TotalSeconds, 1, 1.1);
        Assert.True(_pool.B.Calls[0].At < _pool.A.Calls[0].At);
    }

    [Fact]
    public async Task What_another_silo_leaves_alone_is_left_alone_here()
    {
        var until = _pool.Time.GetUtcNow() + TimeSpan.FromSeconds(20);
        _pool.Health.Hear([new TargetRest("a", "m1", until, UpstreamFailureKind.Unavailable)]);
        Assert.Equal("breaker_open", Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync()).Outcome);
        Assert.Empty(_pool.A.Calls);

        // It said so, and then no more.
        _pool.Health.Hear([]);
        _pool.A.Answers(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
    }

    [Fact]
    public async Task When_everything_fails_the_upstream_is_asked_hardly_oftener_than_the_gateway()
    {
        const int Requests = 300;
        _pool.A.Always = () => ScriptedUpstream.Response("{}", 503);
        _pool.B.Always = () => ScriptedUpstream.Response("{}", 503);
        for (var i = 0; i < Requests; i++)
        {
            Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
            // Spread over time: circuits are probed again and again.
            _pool.Time.Advance(TimeSpan.FromSeconds(3));
        }
        Assert.InRange(_pool.A.Calls.Count + _pool.B.Calls.Count, 1, (int)(Requests * 1.2));
    }

    [Fact]
    public async Task Retries_are_a_tenth_of_the_requests_at_most()
    {
        const int Requests = 400;
        // A limit without a time trips no circuit and rests nothing: only the budget is in the way.
        _pool.A.Always = () => ScriptedUpstream.Response("{}", 429);
        for (var i = 0; i < Requests; i++) await _pool.CompleteAsync();
        Assert.InRange(_pool.A.Calls.Count, (int)(Requests * 1.1), (int)(Requests * 1.1) + 10);
    }
}
