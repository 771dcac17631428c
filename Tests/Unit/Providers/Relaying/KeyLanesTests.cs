using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class KeyLanesTests : IDisposable
{
    private const string Answer =
        """{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";
    private const string Limited = """{"error":{"message":"slow down","code":"rate_limit_exceeded"}}""";

    private readonly ScriptedPool _pool = new(a =>
    {
        a.ApiKey = null;
        a.Keys["big"] = new ProviderKeyOptions { ApiKey = "secret-big", Weight = 3 };
        a.Keys["small"] = new ProviderKeyOptions { ApiKey = "secret-small" };
        a.Keys["spare"] = new ProviderKeyOptions { ApiKey = "secret-spare", Weight = 0 };
    });

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task Keys_share_calls_by_weight_and_a_spare_one_has_none()
    {
        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        for (var i = 0; i < 400; i++) Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        var calls = _pool.A.Calls.CountBy(call => call.Authorization!).ToDictionary();
        Assert.Equal(["Bearer secret-big", "Bearer secret-small"], calls.Keys.Order());
        Assert.InRange(calls["Bearer secret-big"], 260, 340);
    }

    [Theory]
    [InlineData(429, "30")]
    [InlineData(401, null)]
    [InlineData(402, null)]
    [InlineData(403, null)]
    public async Task A_key_that_is_limited_or_refused_rests_alone_and_another_answers_at_once(int status, string? retryAfter)
    {
        _pool.A.Answers(Limited, status, headers: retryAfter is null ? [] : [("Retry-After", retryAfter)]);
        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        var before = _pool.Time.GetUtcNow();

        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());

        Assert.Equal(new AnsweredBy("a", "m1", 2, false), completed.By);
        Assert.Equal(before, _pool.A.Calls[1].At);
        var rested = _pool.A.Calls[0].Authorization;
        for (var i = 0; i < 30; i++) await _pool.CompleteAsync();
        Assert.DoesNotContain(rested, _pool.A.Calls.Skip(1).Select(call => call.Authorization));
        Assert.Null(_pool.Health.RestOf("a", "m1"));

        // A limit is the model's; a key that was refused is refused for all.
        for (var i = 0; i < 60; i++) await _pool.CompleteAsync(ScriptedPool.OtherTargetA);
        Assert.Equal(status == 429, _pool.A.Calls.Skip(32).Any(call => call.Authorization == rested));

        _pool.Time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 60; i++) await _pool.CompleteAsync();
        Assert.Contains(rested, _pool.A.Calls.Skip(92).Select(call => call.Authorization));
    }

    [Fact]
    public async Task A_limit_that_is_charged_for_ends_the_call_whatever_other_keys_there_are()
    {
        _pool.A.Answers("""{"error":{"message":"slow down"},"usage":{"prompt_tokens":5,"completion_tokens":0,"total_tokens":5}}""", 429);
        Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Single(_pool.A.Calls);
        Assert.Equal((PostingKind.Posted, 5), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Usage.Input));
    }

    [Fact]
    public async Task When_all_keys_are_limited_the_target_rests_until_the_first_is_free()
    {
        foreach (var seconds in new[] { "30", "20", "40" }) _pool.A.Answers(Limited, 429, headers: ("Retry-After", seconds));
        Assert.Equal(UpstreamFailureKind.RateLimited, Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync()).Kind);
        Assert.Equal(3, _pool.A.Calls.Count);
        Assert.Equal(TimeSpan.FromSeconds(20), _pool.Health.Left(_pool.Health.RestOf("a", "m1")!));

        _pool.Time.Advance(TimeSpan.FromSeconds(20));
        _pool.A.Answers(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        Assert.Equal(_pool.A.Calls[1].Authorization, _pool.A.Calls[3].Authorization);
    }

    [Fact]
    public async Task When_all_keys_are_refused_the_next_provider_is_tried_and_later_they_are_again()
    {
        _pool.A.Always = () => ScriptedUpstream.Response("{}", 401);
        _pool.B.Always = () => ScriptedUpstream.Response(Answer);
        var answered = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.OtherTargetA, ScriptedPool.TargetB));
        Assert.Equal(new AnsweredBy("b", "m2", 4, true, "fallback:upstream_authentication"), answered.By);

        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        Assert.Equal("a", Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync()).By.Provider);
    }

    [Fact]
    public async Task What_one_silo_lets_rest_others_do()
    {
        _pool.Health.Hear([new TargetRest("a", "m1", _pool.Time.GetUtcNow().AddSeconds(30), UpstreamFailureKind.RateLimited, "big")]);
        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        for (var i = 0; i < 30; i++) await _pool.CompleteAsync();
        Assert.All(_pool.A.Calls, call => Assert.Equal("Bearer secret-small", call.Authorization));

        _pool.Health.Hear([new TargetRest("a", "m3", _pool.Time.GetUtcNow().AddSeconds(30), UpstreamFailureKind.Authentication, "small")]);
        await _pool.CompleteAsync();
        Assert.Equal("Bearer secret-big", _pool.A.Calls[^1].Authorization);
    }

    [Fact]
    public async Task Reports_name_keys_and_the_board_adds_them_up()
    {
        _pool.A.Answers(Limited, 429, headers: ("Retry-After", "30"));
        _pool.A.Always = () => ScriptedUpstream.Response(Answer);
        await _pool.CompleteAsync();
        var board = new HealthBoard(new PoolTime(_pool.Time));
        board.Exchange(_pool.Health.Report("one"));
        board.Exchange(_pool.Health.Report("two") with { Targets = [.. _pool.Health.Report("two").Targets.Select(target => target with { Lanes = default })] });

        var lanes = Assert.Single(board.Describe()).Lanes;
        Assert.Equal(["big", "small", "spare"], lanes.Select(lane => lane.Key));
        var rested = Assert.Single(lanes, lane => lane.Rest is not null);
        Assert.Equal([rested.Rest!.Told(_pool.Time.GetUtcNow())], board.Exchange(_pool.Health.Report("two")).Where(rest => rest.Key is not null));
        Assert.DoesNotContain("secret", string.Join(' ', lanes.Select(lane => lane.ToString())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_key_of_a_provider_is_told_by_its_errors()
    {
        _pool.A.Answers("""{"error":{"message":"no secret-spare, no secret-big-2, not secret-big","code":"invalid_value"}}""", 400);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal("no ***, no ***-2, not ***", failed.Message);
        Assert.Equal("small", new UpstreamKey("small", "secret-small", 1).ToString());
    }

    [Fact]
    public void Faults_of_keys_are_told_without_them()
    {
        var options = new ProvidersOptions();
        options.Providers["x"] = new ProviderOptions
        {
            BaseAddress = new Uri("https://x/v1"),
            ApiKey = "a",
            Keys =
            {
                ["none"] = new ProviderKeyOptions(),
                ["two"] = new ProviderKeyOptions { ApiKey = "geheim", ApiKeyVariable = "B" },
                ["bad"] = new ProviderKeyOptions { ApiKey = "geheim\n", Weight = -1 },
            },
        };
        var faults = new ProvidersOptionsValidator().Validate(null, options).Failures!.ToList();
        Assert.Equal(5, faults.Count);
        Assert.DoesNotContain(faults, fault => fault.Contains("geheim", StringComparison.Ordinal));
    }
}
