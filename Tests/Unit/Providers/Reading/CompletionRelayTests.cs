using System.Net;
using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class CompletionRelayTests : IDisposable
{
    private const string Answer = """{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";

    private readonly ScriptedPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task An_answer_comes_back_byte_for_byte_after_its_posting()
    {
        _pool.A.Answers(Answer);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());

        Assert.Equal(Answer, Encoding.UTF8.GetString(completed.Body.Span));
        Assert.Equal(new AnsweredBy("a", "m1", 1, false), completed.By);
        Assert.Equal(Money.FromUsd(0.00006m), completed.Receipt.Invoiced);
        Assert.Equal("ok", completed.Outcome);
        var posting = Assert.Single(_pool.Holds.Postings);
        Assert.Equal(
            (PostingKind.Posted, new HoldId("req_1", 1), "a", "m1", "2026-01-01", "ok", false),
            (posting.Kind, posting.Hold, posting.Provider, posting.Model, posting.PriceVersion, posting.Outcome, posting.Estimated));
        Assert.Equal((new TokenUsage(10, 5), Money.FromUsd(0.00006m)), (posting.Usage, posting.Cost));
    }

    [Theory]
    [InlineData("""[{"index":0,"m":"a"},{"index":1}]""", """[{"index":0,"m":"a"}]""")]
    [InlineData("""[{"index":0,"m":"a"},{"index":0,"m":"b"}]""", """[{"index":0,"m":"a"}]""")]
    [InlineData("""[{"index":0,"m":"a"},{"index":1}],"choices":[]""", """[{"index":0,"m":"a"}],"choices":[]""")]
    public async Task Choices_that_nobody_asked_for_or_that_come_twice_are_left_out(string came, string kept)
    {
        const string Usage = ""","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";
        _pool.A.Answers("""{"choices":""" + came + Usage);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        Assert.Equal(("""{"choices":""" + kept + Usage, "choices_odd"), (Encoding.UTF8.GetString(completed.Body.Span), completed.Outcome));
    }

    [Fact]
    public async Task The_upstream_gets_the_body_its_key_and_the_requests_id()
    {
        _pool.A.Answers(Answer);
        await _pool.CompleteAsync();
        var call = Assert.Single(_pool.A.Calls);
        Assert.Equal("https://a.test/v1/chat/completions", call.Address.AbsoluteUri);
        Assert.Equal(("""{"model":"m1-up","messages":[]}""", "Bearer key-of-a", "application/json", "req_1"), (call.Body, call.Authorization, call.Accept, call.RequestId));
    }

    [Fact]
    public async Task An_output_limit_of_the_gateways_own_stays_within_the_targets()
    {
        _pool.A.Answers(Answer);
        var plan = _pool.Plan(ScriptedPool.TargetA with { MaxOutputTokens = 20 }) with { CapOutput = true };
        await _pool.FinishAsync(() => _pool.Relay.CompleteAsync(plan, ScriptedPool.Request()));
        Assert.Contains("\"max_tokens\":20,", _pool.A.Calls[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_have_their_own_address()
    {
        _pool.A.Answers("""{"data":[{"embedding":[1]}],"usage":{"prompt_tokens":3,"total_tokens":3}}""");
        var plan = _pool.Plan() with { CapOutput = true };
        var answer = await _pool.FinishAsync(() => _pool.Relay.CompleteAsync(plan, ScriptedPool.Request() with { Api = UpstreamApi.Embeddings }));
        Assert.Equal(new TokenUsage(3, 0), Assert.IsType<ProviderAnswer.Completed>(answer).Usage);
        Assert.Equal("https://a.test/v1/embeddings", _pool.A.Calls[0].Address.AbsoluteUri);
        Assert.DoesNotContain("max_tokens", _pool.A.Calls[0].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("soon", 0)]
    public async Task A_429_is_retried_on_the_same_hold_after_the_time_it_asks_for(string retryAfter, int seconds)
    {
        _pool.A.Answers("{}", 429, headers: ("Retry-After", retryAfter)).Answers(Answer);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        Assert.Equal(2, completed.By.Attempts);
        Assert.InRange((_pool.A.Calls[1].At - _pool.A.Calls[0].At).TotalSeconds, seconds, seconds + 1);
        Assert.Empty(_pool.Holds.Suspended);
    }

    [Fact]
    public async Task A_429_that_asks_for_longer_is_told_to_the_caller()
    {
        _pool.A.Answers("{}", 429, headers: ("Retry-After", "30"));
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((UpstreamFailureKind.RateLimited, TimeSpan.FromSeconds(30), 1), (failed.Kind, failed.RetryAfter, failed.By.Attempts));
        Assert.Equal(PostingKind.Void, Assert.Single(_pool.Holds.Postings).Kind);
    }

    [Fact]
    public async Task A_request_is_retried_twice_at_most_over_all_its_targets()
    {
        _pool.A.Always = () => ScriptedUpstream.Response("", 500);
        _pool.B.Always = () => ScriptedUpstream.Response("", 500);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Equal((3, 1), (_pool.A.Calls.Count, _pool.B.Calls.Count));
        Assert.Equal((UpstreamFailureKind.Error, new AnsweredBy("b", "m2", 4, true, "fallback:upstream_5xx"), "upstream_5xx"), (failed.Kind, failed.By, failed.Outcome));
        Assert.Equal((PostingKind.Void, "b"), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Provider));
    }

    [Fact]
    public async Task The_next_target_answers_when_the_first_does_not()
    {
        _pool.A.Answers("""{"error":{"message":"no such model","code":"model_not_found"}}""", 404);
        _pool.B.Answers(Answer);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Equal(new AnsweredBy("b", "m2", 2, true, "fallback:upstream_404"), completed.By);
        Assert.Equal("""{"model":"m2-up","messages":[]}""", _pool.B.Calls[0].Body);
        Assert.Null(_pool.B.Calls[0].Authorization);
        Assert.Equal(new HoldId("req_1", 1), _pool.Holds.Postings.Single().Hold);
    }

    [Fact]
    public async Task A_lost_connection_is_retried_on_a_new_hold()
    {
        _pool.A.Fails(HttpRequestError.ResponseEnded).Answers(Answer);
        Assert.Equal(2, Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync()).By.Attempts);
        var suspended = Assert.Single(_pool.Holds.Suspended);
        Assert.Equal((PostingKind.Suspense, new HoldId("req_1", 1), "connection_lost"), (suspended.Kind, suspended.Hold, suspended.Outcome));
        Assert.Equal(new HoldId("req_1", 2), _pool.Holds.Postings.Single().Hold);
    }

    [Fact]
    public async Task A_fallback_after_an_unknown_outcome_names_in_its_suspense_who_was_called()
    {
        _pool.A.KeepsSilent();
        _pool.B.Answers(Answer);
        await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB);
        Assert.Equal(("a", "m1", "headers_timeout"), (_pool.Holds.Suspended[0].Provider, _pool.Holds.Suspended[0].Model, _pool.Holds.Suspended[0].Outcome));
        Assert.Equal(60, (_pool.B.Calls[0].At - _pool.A.Calls[0].At).TotalSeconds, 1.0);
    }

    [Fact]
    public async Task Without_budget_for_a_second_hold_nothing_more_is_tried()
    {
        _pool.Holds.CoversRenewal = false;
        _pool.A.Fails(HttpRequestError.ResponseEnded);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Equal((UpstreamFailureKind.BudgetSpent, "budget_spent", 1), (failed.Kind, failed.Outcome, failed.By.Attempts));
        Assert.Equal(new PostingReceipt(Money.Zero, Money.FromUsd(1)), failed.Receipt);
        Assert.Empty(_pool.Holds.Postings);
    }

    [Fact]
    public async Task A_hold_that_cannot_be_renewed_ends_in_suspense_and_the_next_that_may_be_there_is_given_back()
    {
        _pool.Holds.RenewFailures.Enqueue(new StoreUnavailableException("away"));
        _pool.A.Fails(HttpRequestError.ResponseEnded);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Equal((UpstreamFailureKind.Error, "connection_lost"), (failed.Kind, failed.Outcome));
        Assert.Equal([(2, PostingKind.Void), (1, PostingKind.Suspense)], _pool.Holds.Postings.Select(p => (p.Hold.Attempt, p.Kind)));
    }

    [Fact]
    public async Task A_silo_that_stops_waits_until_the_next_hold_that_may_be_there_is_given_back()
    {
        var store = new TaskCompletionSource();
        _pool.Holds.BeforePost = posting => posting.Kind == PostingKind.Void ? store.Task : Task.CompletedTask;
        _pool.Holds.RenewFailures.Enqueue(new StoreUnavailableException("away"));
        _pool.A.Fails(HttpRequestError.ResponseEnded);
        Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));

        var drained = _pool.UnderWay.DrainAsync(CancellationToken.None);
        Assert.False(drained.IsCompleted);
        store.SetResult();
        await drained;
        Assert.Contains(_pool.Holds.Postings, p => p.Kind == PostingKind.Void);
    }

    [Fact]
    public async Task A_renewal_that_met_a_stale_activation_is_repeated()
    {
        _pool.Holds.RenewFailures.Enqueue(new StaleActivationException("acme"));
        _pool.A.Fails(HttpRequestError.ResponseEnded).Answers(Answer);
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        Assert.Equal(2, _pool.Holds.Postings.Single().Hold.Attempt);
    }

    [Fact]
    public async Task A_target_that_the_renewed_plan_lacks_is_not_called()
    {
        _pool.Holds.Renewed = plan => plan with { Targets = [ScriptedPool.TargetA] };
        _pool.A.KeepsSilent();
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Empty(_pool.B.Calls);
        Assert.Equal((PostingKind.Void, 2), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Hold.Attempt));
        Assert.Equal(UpstreamFailureKind.Unavailable, failed.Kind);
    }

    [Fact]
    public async Task Silence_until_the_headers_are_due_ends_in_suspense_and_is_not_retried()
    {
        _pool.A.KeepsSilent();
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((UpstreamFailureKind.Timeout, "headers_timeout", 1), (failed.Kind, failed.Outcome, failed.By.Attempts));
        Assert.Equal((PostingKind.Suspense, new PostingReceipt(Money.Zero, Money.FromUsd(1))), (_pool.Holds.Postings.Single().Kind, failed.Receipt));
    }

    [Fact]
    public async Task Every_attempt_ends_half_a_minute_before_the_hold_does()
    {
        _pool.A.KeepsSilent();
        var plan = _pool.Plan(ScriptedPool.TargetA, ScriptedPool.TargetB) with { Deadline = _pool.Time.GetUtcNow() + TimeSpan.FromSeconds(50) };
        var started = _pool.Time.GetUtcNow();
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.FinishAsync(() => _pool.Relay.CompleteAsync(plan, ScriptedPool.Request())));
        Assert.Equal((UpstreamFailureKind.Timeout, "deadline"), (failed.Kind, failed.Outcome));
        Assert.Equal(20, (_pool.Time.GetUtcNow() - started).TotalSeconds, 1.0);
        Assert.Empty(_pool.B.Calls);
    }

    [Fact]
    public async Task A_refusal_whose_words_do_not_come_keeps_nobody_waiting()
    {
        for (var i = 0; i < 3; i++)
            _pool.A.Answers(() => new HttpResponseMessage(HttpStatusCode.InternalServerError) { Content = new StreamContent(new ScriptedStream().ThenSilence()) });
        _pool.B.Answers(Answer);
        var started = _pool.Time.GetUtcNow();
        Assert.Equal("b", Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By.Provider);
        Assert.InRange(_pool.Time.GetUtcNow() - started, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_rejected_request_ends_at_once_with_the_upstreams_words()
    {
        _pool.A.Answers("""{"error":{"message":"too long","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""", 400);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Equal((UpstreamFailureKind.RequestRejected, "too long", "messages", "context_length_exceeded"), (failed.Kind, failed.Message, failed.Param, failed.Code));
        Assert.Empty(_pool.B.Calls);
        Assert.Equal((PostingKind.Void, "rejected"), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Outcome));
    }

    [Fact]
    public async Task A_rejection_that_is_charged_is_posted()
    {
        _pool.A.Answers("""{"error":{"message":"filtered"},"usage":{"prompt_tokens":9,"completion_tokens":0}}""", 400);
        Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((PostingKind.Posted, new TokenUsage(9, 0)), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Usage));
    }

    [Fact]
    public async Task A_refused_key_is_not_tried_again_at_the_same_provider()
    {
        _pool.A.Answers("""{"error":{"message":"Incorrect API key provided: key-of-a"}}""", 401);
        _pool.B.Answers(Answer);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.OtherTargetA, ScriptedPool.TargetB));
        Assert.Single(_pool.A.Calls);
        Assert.Equal("b", completed.By.Provider);
    }

    [Fact]
    public async Task The_upstreams_words_about_our_key_go_to_nobody()
    {
        _pool.A.Answers("""{"error":{"message":"Incorrect API key provided: key-of-a"}}""", 401);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((UpstreamFailureKind.Authentication, null, null), (failed.Kind, failed.Message, failed.Code));
    }

    [Theory]
    [InlineData("<html>sorry</html>", "text/html", "invalid_response")]
    [InlineData("""{"id":"x","choices":[""", "application/json", "invalid_response")]
    [InlineData("[]", "application/json", "invalid_response")]
    [InlineData("""{"status":1,"msg":"no"}""", "application/json", "invalid_response")]
    [InlineData("", "application/json", "invalid_response")]
    [InlineData("data: {}\n\n", "text/event-stream", "stream_for_json")]
    public async Task What_is_not_an_answer_ends_in_suspense(string body, string contentType, string word)
    {
        _pool.A.Answers(body, contentType: contentType);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((UpstreamFailureKind.InvalidResponse, word, 1), (failed.Kind, failed.Outcome, failed.By.Attempts));
        Assert.Equal(PostingKind.Suspense, _pool.Holds.Postings.Single().Kind);
    }

    [Fact]
    public void What_is_no_answer_is_known_again_by_its_first_bytes()
    {
        var page = new string('x', 200);
        string FingerprintOf(string body) => AttemptVerdicts.NotAnAnswer(Encoding.UTF8.GetBytes(body)).Fingerprint!;
        Assert.Equal(FingerprintOf(page), FingerprintOf(page + "the time"));
        Assert.NotEqual(FingerprintOf(page), FingerprintOf("y" + page));
        // printf '' | sha256sum
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", FingerprintOf(""));
    }

    [Fact]
    public async Task Text_that_is_no_utf8_is_no_answer()
    {
        _pool.A.Answers(() => new HttpResponseMessage { Content = new ByteArrayContent([.. "{\"choices\":[\""u8, 0xFF, .. "\"]}"u8]) });
        Assert.Equal(UpstreamFailureKind.InvalidResponse, Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync()).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_beyond_the_limit_is_not_read_to_its_end(bool lengthKnown)
    {
        using var pool = new ScriptedPool(options => options.MaxResponseBytes = 1024);
        var body = new byte[5000];
        pool.A.Answers(() => new HttpResponseMessage { Content = lengthKnown ? new ByteArrayContent(body) : new StreamContent(new ScriptedStream().Then(body)) });
        var failed = Assert.IsType<ProviderAnswer.Failed>(await pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Equal((UpstreamFailureKind.InvalidResponse, "too_large"), (failed.Kind, failed.Outcome));
    }

    [Fact]
    public async Task A_stream_in_place_of_an_answer_is_not_put_together_beyond_the_limit()
    {
        using var pool = new ScriptedPool(options => options.MaxResponseBytes = 1024);
        // Put together, each of these takes twelve bytes for the four that it came in.
        var text = string.Concat(Enumerable.Repeat("😀", 150));
        var stream = $$"""data: {"choices":[{"index":0,"delta":{"content":"{{text}}"},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n";
        Assert.True(Encoding.UTF8.GetByteCount(stream) < 1024);
        pool.A.Streams(new ScriptedStream().Then(stream));
        Assert.Equal("too_large", Assert.IsType<ProviderAnswer.Failed>(await pool.CompleteAsync(ScriptedPool.TargetA)).Outcome);
    }

    [Fact]
    public async Task An_answer_of_unknown_length_comes_whole()
    {
        var text = Answer.Replace("\"hi\"", $"\"{new string('x', 40_000)}\"", StringComparison.Ordinal);
        _pool.A.Streams(new ScriptedStream().Then(text[..7]).Then(text[7..]), "application/json");
        Assert.Equal(text, Encoding.UTF8.GetString(Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync()).Body.Span));
    }

    [Fact]
    public async Task An_answer_that_stops_coming_ends_in_suspense()
    {
        _pool.A.Streams(new ScriptedStream().Then("{\"id\":").ThenSilence(), "application/json");
        Assert.Equal("idle_timeout", Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync()).Outcome);
        _pool.A.Streams(new ScriptedStream().Then("{\"id\":").ThenFail(new HttpIOException(HttpRequestError.ResponseEnded)), "application/json");
        Assert.Equal("interrupted", Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync()).Outcome);
        Assert.All(_pool.Holds.Postings, posting => Assert.Equal(PostingKind.Suspense, posting.Kind));
    }

    [Fact]
    public async Task An_error_in_a_200_counts_as_what_it_says()
    {
        _pool.A.Answers("""{"error":{"message":"slow down","type":"rate_limit_error"}}""").Answers(Answer);
        Assert.Equal(2, Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync()).By.Attempts);
    }

    [Theory]
    [InlineData("", "usage_missing")]
    [InlineData(""","usage":null""", "usage_missing")]
    [InlineData(""","usage":{"prompt_tokens":-1,"completion_tokens":5}""", "usage_invalid")]
    public async Task An_answer_without_true_usage_is_charged_by_its_upper_bound(string usage, string word)
    {
        _pool.A.Answers("""{"choices":[{"message":{"content":"hi"}}]""" + usage + "}");
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        var posting = _pool.Holds.Postings.Single();
        Assert.Equal((word, word, true, 100L), (completed.Outcome, posting.Outcome, posting.Estimated, posting.Usage.Input));
        Assert.InRange(posting.Usage.Output, 2, 50);
    }

    [Fact]
    public async Task A_provider_that_is_not_configured_here_is_passed_over()
    {
        _pool.A.Answers(Answer);
        var unknown = ScriptedPool.TargetA with { Provider = "nowhere" };
        Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(unknown, ScriptedPool.TargetA));
        Assert.Equal(UpstreamFailureKind.Unavailable, Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(unknown)).Kind);
        Assert.Equal(PostingKind.Void, _pool.Holds.Postings[^1].Kind);
    }

    [Fact]
    public async Task A_connection_refused_is_retried_on_the_same_hold()
    {
        _pool.A.Fails(HttpRequestError.ConnectionError).Fails(HttpRequestError.NameResolutionError).Fails(HttpRequestError.ConnectionError);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((UpstreamFailureKind.Unavailable, 3), (failed.Kind, failed.By.Attempts));
        Assert.Empty(_pool.Holds.Suspended);
        Assert.Equal(PostingKind.Void, _pool.Holds.Postings.Single().Kind);
    }
}
