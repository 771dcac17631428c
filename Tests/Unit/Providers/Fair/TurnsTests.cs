using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers.Fair;

/// <summary>What a request does whose upstream is at its limit.</summary>
public sealed class TurnsTests : IDisposable
{
    private const string Answer = """{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":5}}""";

    private readonly ScriptedPool _pool = new(options => options.ModelLimits["m1"] = new LaneLimits { RequestsPerMinute = 10 });

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task Without_a_turn_a_request_ends_as_rate_limited_and_costs_nothing()
    {
        await CallOnceAsync();
        var start = _pool.Time.GetUtcNow();
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((UpstreamFailureKind.RateLimited, "no_turn", 0), (failed.Kind, failed.Outcome, failed.By.Attempts));
        Assert.InRange(failed.RetryAfter!.Value.TotalSeconds, 5, 6);
        Assert.Equal(PostingKind.Void, _pool.Holds.Postings[^1].Kind);
        Assert.Single(_pool.A.Calls);
        Assert.True(_pool.Time.GetUtcNow() - start < TimeSpan.FromSeconds(1), "It waited for nothing.");
    }

    [Fact]
    public async Task Without_a_turn_another_target_answers()
    {
        await CallOnceAsync();
        _pool.B.Answers(Answer);
        Assert.Equal(
            new AnsweredBy("b", "m2", 1, true, "fallback:no_turn"),
            Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By);
    }

    [Fact]
    public async Task Other_models_of_the_provider_are_not_limited_by_it()
    {
        await CallOnceAsync();
        _pool.A.Answers(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.OtherTargetA));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_turn_that_comes_soon_is_waited_for_and_nothing_is_sent_before(bool stream)
    {
        await CallOnceAsync();
        _pool.Time.Advance(TimeSpan.FromSeconds(4.5));
        var start = _pool.Time.GetUtcNow();
        if (stream)
        {
            _pool.A.Streams(
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\n"
                + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n");
            Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(new FakeSink()));
        }
        else
        {
            _pool.A.Answers(Answer);
            Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        }
        Assert.InRange((_pool.A.Calls[1].At - start).TotalSeconds, 1.4, 1.6);
        Assert.Equal(PostingKind.Posted, _pool.Holds.Postings[^1].Kind);
    }

    [Fact]
    public async Task A_retry_waits_for_a_turn_of_its_own()
    {
        using var pool = new ScriptedPool(options => (options.Limits.RequestsPerMinute, options.QueueWait) = (10, TimeSpan.FromSeconds(10)));
        pool.A.Answers("{}", 503).Answers(Answer);
        Assert.Equal(2, Assert.IsType<ProviderAnswer.Completed>(await pool.CompleteAsync()).By.Attempts);
        Assert.InRange((pool.A.Calls[1].At - pool.A.Calls[0].At).TotalSeconds, 5.9, 6.2);
    }

    [Fact]
    public async Task An_attempt_that_shows_whether_the_upstream_is_well_again_does_not_wait()
    {
        using var pool = new ScriptedPool(options => options.Limits.ConcurrentRequests = 1);
        pool.A.Always = () => ScriptedUpstream.Response("{}", 503);
        while (pool.Health.RestOf("a", "m1") is null) await pool.CompleteAsync();
        pool.Time.Advance(TimeSpan.FromSeconds(16));
        pool.A.Always = () => ScriptedUpstream.Response(Answer);
        var lane = pool.Health.Of("a", "m1").Lane("default").Fair!;
        Assert.True((await lane.EnterAsync("other", 1, 10, TimeSpan.Zero)).MayGo);
        Assert.False(lane.HasRoom(1));
        Assert.IsType<ProviderAnswer.Completed>(await pool.CompleteAsync());
        Assert.Equal("no_turn", Assert.IsType<ProviderAnswer.Failed>(await pool.CompleteAsync()).Outcome);
    }

    [Fact]
    public async Task A_key_with_room_is_chosen_before_one_where_others_wait()
    {
        using var pool = new ScriptedPool(options =>
        {
            options.ApiKey = null;
            options.Keys["one"] = new ProviderKeyOptions { ApiKey = "key-one" };
            options.Keys["two"] = new ProviderKeyOptions { ApiKey = "key-two" };
            options.Limits.RequestsPerMinute = 10;
        });
        pool.A.Always = () => ScriptedUpstream.Response(Answer);
        for (var i = 0; i < 2; i++) Assert.IsType<ProviderAnswer.Completed>(await pool.CompleteAsync());
        Assert.Equal(["Bearer key-one", "Bearer key-two"], pool.A.Calls.Select(call => call.Authorization).Order());
        Assert.Equal("no_turn", Assert.IsType<ProviderAnswer.Failed>(await pool.CompleteAsync()).Outcome);
        Assert.Equal(2, pool.A.Calls.Count);
    }

    [Fact]
    public async Task A_target_that_wants_to_be_left_alone_while_its_turn_is_waited_for_is_not_called()
    {
        await CallOnceAsync();
        _pool.Time.Advance(TimeSpan.FromSeconds(4.5));
        var answer = await _pool.FinishAsync(() =>
        {
            var waits = _pool.Relay.CompleteAsync(_pool.Plan(), ScriptedPool.Request());
            _pool.Health.Of("a", "m1").LeaveAlone(_pool.Time.GetUtcNow() + TimeSpan.FromSeconds(30), UpstreamFailureKind.RateLimited);
            return waits;
        });
        var failed = Assert.IsType<ProviderAnswer.Failed>(answer);
        Assert.Equal("no_turn", failed.Outcome);
        Assert.InRange(failed.RetryAfter!.Value.TotalSeconds, 28, 29);
        Assert.Single(_pool.A.Calls);
        // And its turn is given back.
        _pool.Time.Advance(TimeSpan.FromSeconds(30));
        _pool.A.Answers(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
    }

    [Fact]
    public async Task A_request_whose_caller_goes_while_it_waits_is_not_sent_anywhere_and_costs_nothing()
    {
        await CallOnceAsync();
        _pool.Time.Advance(TimeSpan.FromSeconds(4.5));
        using var gone = new CancellationTokenSource();
        var answer = await _pool.FinishAsync(() =>
        {
            var waits = _pool.Relay.CompleteAsync(_pool.Plan(ScriptedPool.TargetA, ScriptedPool.TargetB), ScriptedPool.Request(), gone.Token);
            gone.Cancel();
            return waits;
        });
        Assert.Equal("client_gone", Assert.IsType<ProviderAnswer.Failed>(answer).Outcome);
        Assert.Equal((PostingKind.Void, "client_gone"), (_pool.Holds.Postings[^1].Kind, _pool.Holds.Postings[^1].Outcome));
        Assert.Equal((1, 0), (_pool.A.Calls.Count, _pool.B.Calls.Count));
    }

    [Fact]
    public async Task A_limit_that_answers_tell_of_is_kept_to()
    {
        using var pool = new ScriptedPool();
        pool.A.Answers(Answer, headers: [("x-ratelimit-limit-requests", "6"), ("x-ratelimit-remaining-requests", "1"), ("x-ratelimit-reset-requests", "50s")]).Answers(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await pool.CompleteAsync());
        Assert.IsType<ProviderAnswer.Completed>(await pool.CompleteAsync());
        Assert.Equal("no_turn", Assert.IsType<ProviderAnswer.Failed>(await pool.CompleteAsync()).Outcome);
        Assert.Equal(2, pool.A.Calls.Count);
    }

    [Fact]
    public async Task Tenants_of_more_weight_wait_less()
    {
        using var pool = new ScriptedPool(options =>
        {
            options.Limits.ConcurrentRequests = 1;
            options.QueueWait = TimeSpan.FromMinutes(1);
        });
        pool.A.Always = () => new HttpResponseMessage { Content = new StreamContent(new ScriptedStream().ThenWait(Task.Delay(TimeSpan.FromSeconds(1), pool.Time)).Then(Answer)) };
        var answered = new List<string>();
        await pool.FinishAsync(async () =>
        {
            var calls = new List<Task>();
            for (var i = 0; i < 8; i++)
            {
                calls.Add(CallAsync("light", 1));
                calls.Add(CallAsync("heavy", 3));
            }
            await Task.WhenAll(calls);
            return true;
        });
        Assert.Equal(16, answered.Count);
        Assert.InRange(answered.Take(9).Count(tenant => tenant == "heavy"), 6, 7);

        async Task CallAsync(string tenant, int weight)
        {
            Assert.IsType<ProviderAnswer.Completed>(await pool.Relay.CompleteAsync(pool.Plan() with { TenantId = tenant, Weight = weight }, ScriptedPool.Request()));
            answered.Add(tenant);
        }
    }

    private async Task CallOnceAsync()
    {
        _pool.A.Answers(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
    }
}
