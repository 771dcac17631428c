using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class HedgingTests : IDisposable
{
    private const string Answer = """{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";

    private readonly ScriptedPool _pool = new(a => a.HedgeAfter = TimeSpan.FromSeconds(2));

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task A_call_that_answers_in_time_stays_alone()
    {
        _pool.A.AnswersAfter(TimeSpan.FromSeconds(1.9), Answer);
        Assert.Equal(new AnsweredBy("a", "m1", 1, false), Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By);
        Assert.Empty(_pool.Holds.Hedges);
    }

    [Fact]
    public async Task Beside_a_slow_call_the_next_target_is_called_and_the_first_answer_is_the_callers()
    {
        _pool.A.AnswersAfter(TimeSpan.FromSeconds(9), Answer);
        _pool.B.Answers(Answer);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Equal(new AnsweredBy("b", "m2", 2, true, "hedge"), completed.By);
        Assert.Equal(2, (_pool.B.Calls[0].At - _pool.A.Calls[0].At).TotalSeconds, 0.2);
        Assert.Equal((new HoldId("req_1", 2), PostingKind.Posted), (Assert.Single(_pool.Holds.Postings).Hold, _pool.Holds.Postings[0].Kind));
    }

    [Fact]
    public async Task The_call_that_loses_is_read_to_its_end_and_posted_on_its_own_hold()
    {
        _pool.A.AnswersAfter(TimeSpan.FromSeconds(9), Answer);
        _pool.B.Answers(Answer);
        await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB);
        await _pool.DrainAsync();
        Assert.Equal([(2, "m2", PostingKind.Posted), (1, "m1", PostingKind.Posted)], _pool.Holds.Postings.Select(p => (p.Hold.Attempt, p.Model!, p.Kind)));
        Assert.Empty(_pool.Holds.Suspended);
    }

    [Fact]
    public async Task The_slow_call_may_still_be_the_first_to_answer()
    {
        _pool.A.AnswersAfter(TimeSpan.FromSeconds(3), Answer);
        _pool.B.AnswersAfter(TimeSpan.FromSeconds(9), Answer);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Equal(new AnsweredBy("a", "m1", 2, false), completed.By);
        await _pool.DrainAsync();
        Assert.Equal([1, 2], _pool.Holds.Postings.Select(p => p.Hold.Attempt));
    }

    [Fact]
    public async Task An_only_target_is_called_twice()
    {
        _pool.A.AnswersAfter(TimeSpan.FromSeconds(9), Answer).Answers(Answer);
        Assert.Equal(new AnsweredBy("a", "m1", 2, false, "hedge"), Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync()).By);
    }

    [Theory]
    [InlineData(500, PostingKind.Void)]
    [InlineData(429, PostingKind.Void)]
    public async Task A_second_call_that_fails_leaves_the_first_to_answer(int status, PostingKind ended)
    {
        _pool.A.AnswersAfter(TimeSpan.FromSeconds(9), Answer);
        _pool.B.Always = () => ScriptedUpstream.Response("{}", status);
        Assert.Equal("a", Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By.Provider);
        await _pool.DrainAsync();
        Assert.Equal((ended, PostingKind.Posted), (_pool.Holds.Postings.Single(p => p.Hold.Attempt == 2).Kind, _pool.Holds.Postings.Single(p => p.Hold.Attempt == 1).Kind));
    }

    [Fact]
    public async Task A_first_call_that_breaks_leaves_the_second_to_answer_and_its_own_hold_in_suspense()
    {
        _pool.A.FailsAfter(TimeSpan.FromSeconds(3), HttpRequestError.ResponseEnded);
        _pool.B.AnswersAfter(TimeSpan.FromSeconds(4), Answer);
        Assert.Equal("b", Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By.Provider);
        await _pool.DrainAsync();
        Assert.Single(_pool.A.Calls);
        Assert.Equal([(1, PostingKind.Suspense), (2, PostingKind.Posted)], _pool.Holds.Postings.Select(p => (p.Hold.Attempt, p.Kind)).Order());
        Assert.Empty(_pool.Holds.Suspended);
    }

    [Fact]
    public async Task When_both_fail_the_request_goes_on_with_the_second_hold_and_what_is_left_of_the_plan()
    {
        _pool.A.FailsAfter(TimeSpan.FromSeconds(3), HttpRequestError.ResponseEnded).Answers(Answer);
        _pool.B.Always = () => ScriptedUpstream.Response("{}", 404);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB, ScriptedPool.OtherTargetA));
        Assert.Equal(("m3", "fallback:upstream_404"), (completed.By.Model, completed.By.Route));
        Assert.Single(_pool.B.Calls);
        Assert.Equal([(1, PostingKind.Suspense), (2, PostingKind.Posted)], _pool.Holds.Postings.Select(p => (p.Hold.Attempt, p.Kind)).Order());
    }

    [Fact]
    public async Task When_nothing_answers_both_holds_are_ended()
    {
        _pool.A.KeepsSilent();
        _pool.B.KeepsSilent();
        Assert.Equal("headers_timeout", Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).Outcome);
        await _pool.DrainAsync();
        Assert.Equal([(1, PostingKind.Suspense), (2, PostingKind.Suspense)], _pool.Holds.Postings.Select(p => (p.Hold.Attempt, p.Kind)).Order());
    }

    [Fact]
    public async Task Without_budget_for_a_second_hold_the_first_call_goes_on_as_ever()
    {
        _pool.Holds.CoversHedge = false;
        _pool.A.FailsAfter(TimeSpan.FromSeconds(3), HttpRequestError.ResponseEnded).Answers(Answer);
        Assert.Equal(2, Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync()).By.Attempts);
        Assert.Equal((1, 2), (Assert.Single(_pool.Holds.Suspended).Hold.Attempt, Assert.Single(_pool.Holds.Postings).Hold.Attempt));
    }

    [Fact]
    public async Task A_second_hold_that_nobody_heard_of_is_given_back_and_the_first_call_is_the_last()
    {
        _pool.Holds.HedgeFailures.Enqueue(new TimeoutException("unheard"));
        _pool.A.FailsAfter(TimeSpan.FromSeconds(3), HttpRequestError.ResponseEnded);
        Assert.Equal("connection_lost", Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).Outcome);
        Assert.Empty(_pool.B.Calls);
        Assert.Equal([(1, PostingKind.Suspense), (2, PostingKind.Void)], _pool.Holds.Postings.Select(p => (p.Hold.Attempt, p.Kind)).Order());
    }

    [Fact]
    public async Task A_hold_that_does_not_cover_the_second_target_is_given_back()
    {
        _pool.Holds.Renewed = plan => plan with { Targets = [ScriptedPool.TargetA] };
        _pool.A.AnswersAfter(TimeSpan.FromSeconds(3), Answer);
        Assert.Equal("a", Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By.Provider);
        Assert.Empty(_pool.B.Calls);
        Assert.Equal([(1, PostingKind.Posted), (2, PostingKind.Void)], _pool.Holds.Postings.Select(p => (p.Hold.Attempt, p.Kind)).Order());
    }

    [Fact]
    public async Task A_call_that_failed_once_has_no_second_one_beside_it()
    {
        _pool.A.Answers("{}", 500).AnswersAfter(TimeSpan.FromSeconds(9), Answer);
        Assert.Equal("a", Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By.Provider);
        Assert.Empty(_pool.Holds.Hedges);
    }

    [Fact]
    public async Task None_is_made_when_the_first_has_answered_while_its_hold_was_made()
    {
        _pool.A.AnswersAfter(TimeSpan.FromSeconds(2.5), Answer);
        _pool.B.Answers(Answer);
        _pool.Holds.BeforeHedge = () => Task.Delay(TimeSpan.FromSeconds(1), _pool.Time);

        Assert.Equal("a", Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By.Provider);

        await _pool.DrainAsync();
        Assert.Empty(_pool.B.Calls);
        Assert.Equal([PostingKind.Posted, PostingKind.Void], _pool.Holds.Postings.OrderBy(p => p.Hold.Attempt).Select(p => p.Kind));
    }

    [Fact]
    public async Task Neither_streams_nor_calls_with_an_idempotency_key_have_one()
    {
        _pool.A.AnswersAfter(TimeSpan.FromSeconds(9), Answer).KeepsSilent();
        var keyed = _pool.Plan() with { Keep = new KeepAnswer(new Idempotency("k", "f"), _pool.Time.GetUtcNow()) };
        await _pool.FinishAsync(() => _pool.Relay.CompleteAsync(keyed, ScriptedPool.Request()));
        await _pool.StreamAsync(new FakeSink());
        Assert.Empty(_pool.Holds.Hedges);
    }

    [Fact]
    public async Task Second_calls_come_from_the_budget_of_retries()
    {
        _pool.A.Always = () => throw new InvalidOperationException("Only what is scripted.");
        for (var i = 0; i < 30; i++) _pool.A.AnswersAfter(TimeSpan.FromSeconds(3), Answer);
        _pool.B.Always = () => ScriptedUpstream.Response("{}", 404);
        for (var i = 0; i < 30; i++) await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB);
        Assert.Equal(10, _pool.B.Calls.Count);
    }
}
