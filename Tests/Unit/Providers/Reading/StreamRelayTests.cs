using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class StreamRelayTests : IDisposable
{
    private const string Hello = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}],\"usage\":null}\n\n";
    private const string World = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" world\"},\"finish_reason\":\"stop\"}]}\n\n";
    private const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}\n\n";
    private const string Done = "data: [DONE]\n\n";

    private readonly ScriptedPool _pool = new();
    private readonly FakeSink _sink = new();

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    [InlineData("text/html; charset=utf-8")]
    public async Task A_stream_is_one_whatever_it_is_called(string contentType)
    {
        _pool.A.Answers("\uFEFF\n" + Hello + World + Usage + Done, contentType: contentType);
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink));
        Assert.Equal((new TokenUsage(10, 5), OutcomeWords.Ok), (streamed.Usage, streamed.Outcome));
        Assert.Contains("Hello", _sink.Received, StringComparison.Ordinal);
        Assert.Contains(" world", _sink.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_answer_in_place_of_a_stream_is_one_whatever_it_is_called_and_each_choice_comes_once()
    {
        const string Twice = """{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"},{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";
        _pool.A.Answers("\uFEFF" + Twice, contentType: "text/plain");
        Assert.Equal(OutcomeWords.ChoicesOdd, Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink)).Outcome);
        Assert.Equal(2, _sink.Received.Split("Hello").Length);
    }

    [Fact]
    public async Task A_page_in_place_of_a_stream_is_none()
    {
        _pool.A.Answers("<html>data: {}</html>", contentType: "text/html");
        Assert.Equal(UpstreamFailureKind.InvalidResponse, Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(_sink)).Kind);
    }

    [Fact]
    public async Task A_caller_who_did_not_ask_for_usage_gets_all_but_the_usage()
    {
        _pool.A.Streams(Hello + World + Usage + Done);
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink));
        Assert.Equal(Hello + World + Done, _sink.Received);
        Assert.Equal((new TokenUsage(10, 5), "ok", Money.FromUsd(0.00006m)), (streamed.Usage, streamed.Outcome, streamed.Receipt.Invoiced));
        Assert.Equal((new AnsweredBy("a", "m1", 1, false), streamed.By), (_sink.By, _sink.By));
        Assert.Contains("\"stream_options\":{\"include_usage\":true}", _pool.A.Calls[0].Body, StringComparison.Ordinal);
        Assert.Equal("application/json, text/event-stream", _pool.A.Calls[0].Accept);
    }

    [Fact]
    public async Task A_caller_who_asked_for_usage_gets_it_with_its_cost()
    {
        _pool.A.Streams(Hello + Usage + Done);
        await _pool.StreamAsync(_sink, includeUsage: true);
        Assert.Equal(Hello + Usage.Replace("15}", "15,\"cost_usd\":0.00006}", StringComparison.Ordinal) + Done, _sink.Received);
    }

    [Theory]
    [InlineData(
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"cost_usd\":7.5,\"completion_tokens\":5}}\r\n\r\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"cost_usd\":0.00006,\"completion_tokens\":5}}\r\n\r\n")]
    [InlineData(
        "id: 9\ndata: {\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5 },\"choices\":[]}\n\n",
        "id: 9\ndata: {\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5 ,\"cost_usd\":0.00006},\"choices\":[]}\n\n")]
    [InlineData(
        "data: {\"choices\":[],\ndata: \"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\n",
        "data: {\"choices\":[], \"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"cost_usd\":0.00006}}\n\n")]
    public async Task The_cost_goes_into_the_usage_however_it_is_written(string usage, string expected)
    {
        _pool.A.Streams(Hello + usage + Done);
        await _pool.StreamAsync(_sink, includeUsage: true);
        Assert.Equal(Hello + expected + Done, _sink.Received);
    }

    [Fact]
    public async Task The_posting_is_in_the_book_before_the_caller_sees_the_end()
    {
        _pool.A.Streams(Hello + Usage + Done);
        _pool.Holds.OnPost = () => Assert.DoesNotContain("usage\":{", _sink.Received, StringComparison.Ordinal);
        _sink.OnPush = () => Assert.Equal(_sink.Batches.Count > 0 ? 1 : 0, _pool.Holds.Postings.Count);
        await _pool.StreamAsync(_sink, includeUsage: true);
        Assert.EndsWith(Done, _sink.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comments_and_usage_beside_text_are_passed_on_unchanged()
    {
        const string beside = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\r\n\r\n";
        _pool.A.Streams(": thinking\n\n" + Hello + beside + Done);
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink));
        Assert.Equal(": thinking\n\n" + Hello + beside + Done, _sink.Received);
        Assert.Equal(new TokenUsage(3, 1), streamed.Usage);
    }

    [Fact]
    public async Task Bytes_that_come_one_by_one_reach_the_caller_the_same()
    {
        var text = Hello + World.Replace("\n\n", "\r\n\r\n", StringComparison.Ordinal) + Usage + Done;
        var stream = new ScriptedStream();
        foreach (var c in text) stream.Then(c.ToString());
        _pool.A.Streams(stream);
        await _pool.StreamAsync(_sink);
        Assert.Equal(text.Replace(Usage, "", StringComparison.Ordinal), _sink.Received);
    }

    [Fact]
    public async Task What_comes_while_a_push_is_under_way_goes_as_one_batch()
    {
        var gate = new TaskCompletionSource();
        var last = new TaskCompletionSource();
        _sink.Gate = gate.Task;
        _pool.A.Streams(new ScriptedStream().Then(Hello).Then(World).Then(Hello).ThenWait(last.Task).Then(Usage + Done));
        var answer = await Task.Run(() =>
        {
            var running = _pool.Relay.StreamAsync(_pool.Plan(), ScriptedPool.Request(stream: true), _sink);
            Assert.Equal(1, _sink.InFlight);
            gate.SetResult();
            last.SetResult();
            return running;
        });
        Assert.IsType<ProviderAnswer.Streamed>(answer);
        Assert.Equal([Hello, World + Hello, Done], _sink.Batches);
    }

    [Fact]
    public async Task A_slow_caller_holds_the_upstream_back()
    {
        var gate = new TaskCompletionSource();
        _sink.Gate = gate.Task;
        var events = string.Concat(Enumerable.Repeat(Hello, 10));
        var stream = new ScriptedStream();
        for (var i = 0; i < 1000; i++) stream.Then(events);
        stream.Then(Done);
        _pool.A.Streams(stream);
        var answer = await Task.Run(() =>
        {
            var running = _pool.Relay.StreamAsync(_pool.Plan(), ScriptedPool.Request(stream: true), _sink);
            // Every step of the script was there to be read at once, so this is as far as it went without the caller.
            Assert.False(stream.WasRead);
            _pool.Time.Advance(TimeSpan.FromSeconds(90));
            Assert.False(running.IsCompleted);
            gate.SetResult();
            return running;
        });
        Assert.IsType<ProviderAnswer.Streamed>(answer);
        Assert.Equal((1000 * events.Length) + Done.Length, _sink.Received.Length);
        Assert.All(_sink.Batches, batch => Assert.InRange(batch.Length, 1, 300 * 1024));
    }

    [Fact]
    public async Task A_stream_without_usage_is_charged_by_what_came()
    {
        _pool.A.Streams(Hello + World + Done);
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink));
        var posting = _pool.Holds.Postings.Single();
        Assert.Equal((new TokenUsage(100, 11), "usage_missing", true), (streamed.Usage, posting.Outcome, posting.Estimated));
    }

    [Theory]
    [InlineData(Hello + World, "truncated", "Error")]
    [InlineData(Hello + "data: [DONE]\n", "truncated", "Error")]
    [InlineData(Hello + "data: {\"choices\":[{\"delta\":{\"content\":\"x", "truncated", "Error")]
    [InlineData(Hello + "data: {\"choices\":[{\"delta\n\n" + World, "stream_bad", "InvalidResponse")]
    [InlineData(Hello + "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}}\n\n" + World, "stream_bad", "InvalidResponse")]
    [InlineData(Hello + "data: {\"id\":x,\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n" + World, "stream_bad", "InvalidResponse")]
    [InlineData(Hello + "data: {\"error\":{\"message\":\"overloaded\"}}\n\n" + World, "stream_error", "Error")]
    public async Task A_stream_that_breaks_is_charged_and_never_ends_as_if_whole(string events, string word, string kind)
    {
        _pool.A.Streams(events);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(_sink, targets: [ScriptedPool.TargetA, ScriptedPool.TargetB]));
        Assert.Equal((true, word, kind), (failed.Begun, failed.Outcome, failed.Kind.ToString()));
        Assert.StartsWith(Hello, _sink.Received, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", _sink.Received, StringComparison.Ordinal);
        var posting = _pool.Holds.Postings.Single();
        Assert.Equal((PostingKind.Posted, word, true), (posting.Kind, posting.Outcome, posting.Estimated));
        Assert.Equal(posting.Cost, failed.Receipt.Invoiced);
        Assert.Empty(_pool.B.Calls);
    }

    [Theory]
    [InlineData("", 5)]
    [InlineData("data: {\"error\":{\"message\":\"Something went wrong within, at great length.\"}}\n\n", 5)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"x\"\n\n", 5 + 35)]
    [InlineData("data: {\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"and more\"}}]}\n\n", 5 + 8)]
    [InlineData("data: {\"choices\":[{\"index\":0,\"text\":\"and more\"}]}\n\n", 5 + 8)]
    public async Task An_estimate_counts_the_text_that_came_and_not_what_an_error_says(string then, long most)
    {
        _pool.A.Streams(Hello + then);
        await _pool.StreamAsync(_sink);
        Assert.Equal((true, most), (_pool.Holds.Postings.Single().Estimated, _pool.Holds.Postings.Single().Usage.Output));
    }

    // As relays make of Anthropic's first event.
    [Theory]
    [InlineData("truncated", "")]
    [InlineData("usage_missing", Done)]
    public async Task Usage_that_was_told_before_the_text_is_not_final(string word, string end)
    {
        _pool.A.Streams(Usage + Hello + World + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" + end);
        await _pool.StreamAsync(_sink, includeUsage: true);
        var posting = _pool.Holds.Postings.Single();
        Assert.Equal((word, true, 100, "Hello world".Length), (posting.Outcome, posting.Estimated, posting.Usage.Input, posting.Usage.Output));
    }

    [Theory]
    [InlineData("data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}\n\n", "{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15,\"cost_usd\":0.00006}")]
    [InlineData(
        "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n",
        "{\"prompt_tokens\":100,\"completion_tokens\":5,\"total_tokens\":105,\"estimated\":true,\"cost_usd\":0.00024}")]
    public async Task A_caller_who_asked_for_usage_is_told_what_it_is_charged_for_also_when_none_comes_apart(string chunk, string usage)
    {
        _pool.A.Streams(chunk + Done);
        await _pool.StreamAsync(_sink, includeUsage: true);
        Assert.Equal(chunk + "data: {\"id\":\"c1\",\"model\":\"m\",\"choices\":[],\"usage\":" + usage + "}\n\n" + Done, _sink.Received);
    }

    [Fact]
    public async Task A_stream_that_breaks_after_its_usage_is_charged_by_it()
    {
        _pool.A.Streams(Hello + Usage);
        Assert.Equal("truncated", Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(_sink, includeUsage: true)).Outcome);
        Assert.Equal(Hello, _sink.Received);
        Assert.Equal((new TokenUsage(10, 5), false), (_pool.Holds.Postings.Single().Usage, _pool.Holds.Postings.Single().Estimated));
    }

    [Fact]
    public async Task A_reset_and_a_long_silence_break_a_stream()
    {
        _pool.A.Streams(new ScriptedStream().Then(Hello).ThenFail(new HttpIOException(HttpRequestError.ResponseEnded)));
        Assert.Equal("interrupted", Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(_sink)).Outcome);
        var other = new FakeSink();
        _pool.A.Streams(new ScriptedStream().Then(Hello).ThenSilence());
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(other));
        Assert.Equal((UpstreamFailureKind.Timeout, "idle_timeout", true), (failed.Kind, failed.Outcome, failed.Begun));
    }

    [Fact]
    public async Task An_event_beyond_a_megabyte_breaks_a_stream()
    {
        _pool.A.Streams(new ScriptedStream().Then(Hello).Then("data: " + new string('x', 1_100_000)).ThenSilence());
        Assert.Equal("stream_bad", Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(_sink)).Outcome);
    }

    [Fact]
    public async Task A_stream_that_fails_before_its_first_byte_falls_back_on_a_new_hold()
    {
        _pool.A.Streams("data: {\"error\":{\"message\":\"no\",\"code\":\"model_not_found\"}}\n\n");
        _pool.B.Streams(Hello + Usage + Done);
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink, targets: [ScriptedPool.TargetA, ScriptedPool.TargetB]));
        Assert.Equal(new AnsweredBy("b", "m2", 2, true, "fallback:stream_error"), streamed.By);
        Assert.Equal(Hello + Done, _sink.Received);
    }

    [Fact]
    public async Task An_overloaded_upstream_is_tried_again_on_a_new_hold_while_nothing_has_come()
    {
        _pool.A.Streams("data: {\"error\":{\"type\":\"overloaded_error\"}}\n\n").Streams(Hello + Usage + Done);
        Assert.Equal(2, Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink)).By.Attempts);
        Assert.Equal("stream_error", _pool.Holds.Suspended.Single().Outcome);
        Assert.Equal(2, _pool.Holds.Postings.Single().Hold.Attempt);
    }

    [Theory]
    [InlineData("", "truncated")]
    [InlineData(Done, "stream_bad")]
    public async Task A_stream_of_nothing_is_no_answer(string events, string word)
    {
        _pool.A.Streams(events);
        Assert.Equal((word, false), (await _pool.StreamAsync(_sink)) is ProviderAnswer.Failed failed ? (failed.Outcome, failed.Begun) : default);
        Assert.Equal(PostingKind.Suspense, _pool.Holds.Postings.Single().Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task For_a_caller_who_has_gone_the_upstream_is_read_on_to_its_usage(bool sinkFails)
    {
        _sink.GoneAt = 1;
        _sink.FailsWith = sinkFails ? new TimeoutException() : null;
        var stream = new ScriptedStream().Then(Hello).Then(World).Then(World).Then(Usage + Done);
        _pool.A.Streams(stream);
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink));
        Assert.Equal((new TokenUsage(10, 5), "client_gone"), (streamed.Usage, streamed.Outcome));
        Assert.Equal(("client_gone", false), (_pool.Holds.Postings.Single().Outcome, _pool.Holds.Postings.Single().Estimated));
        Assert.Equal(Hello, _sink.Received);
    }

    [Fact]
    public async Task For_a_caller_who_has_gone_the_upstream_has_half_a_minute()
    {
        _sink.GoneAt = 0;
        _pool.A.Streams(new ScriptedStream().Then(Hello).ThenSilence());
        var started = _pool.Time.GetUtcNow();
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink, targets: [ScriptedPool.TargetA, ScriptedPool.TargetB]));
        Assert.Equal(30, (_pool.Time.GetUtcNow() - started).TotalSeconds, 1.0);
        Assert.Equal(("client_gone", true, 5L), (streamed.Outcome, _pool.Holds.Postings.Single().Estimated, streamed.Usage.Output));
        Assert.Empty(_pool.B.Calls);
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"and then so", "truncated")]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"and then so\n\n", "stream_bad")]
    public async Task What_came_of_a_broken_event_is_charged_too(string half, string word)
    {
        _pool.A.Streams(Hello + half);
        await _pool.StreamAsync(_sink);
        var posting = _pool.Holds.Postings.Single();
        Assert.Equal((word, true), (posting.Outcome, posting.Estimated));
        Assert.InRange(posting.Usage.Output, "Hello".Length + "and then so".Length, 50);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_model_may_have_thought_unseen_is_charged_when_its_stream_breaks_or_its_caller_goes(bool callerGoes)
    {
        if (callerGoes) _sink.GoneAt = 0;
        _pool.A.Streams(callerGoes ? new ScriptedStream().Then(Hello).ThenSilence() : new ScriptedStream().Then(Hello));
        await _pool.StreamAsync(_sink, targets: ScriptedPool.TargetA with { Reasoning = true });
        var posting = _pool.Holds.Postings.Single();
        Assert.Equal((callerGoes ? "client_gone" : "truncated", true, 50L), (posting.Outcome, posting.Estimated, posting.Usage.Output));
    }

    [Theory]
    [InlineData("\"reasoning_effort\":\"high\"", 50)]
    [InlineData("\"thinking\":{\"type\":\"enabled\"}", 50)]
    [InlineData("\"enable_thinking\":true", 50)]
    [InlineData("\"reasoning_effort\":\"none\"", 5)]
    [InlineData("\"thinking\":null", 5)]
    [InlineData("\"enable_thinking\":false", 5)]
    [InlineData("\"metadata\":{\"thinking\":true}", 5)]
    public async Task A_request_that_asks_to_think_is_charged_for_thoughts_when_usage_is_missing(string wish, long output)
    {
        _pool.A.Streams(Hello + Done);
        var request = ScriptedPool.Request(stream: true);
        request = request with { Body = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(request.Body.Span)[..^1] + "," + wish + "}") };
        await _pool.FinishAsync(() => _pool.Relay.StreamAsync(_pool.Plan(), request, _sink));
        Assert.Equal(output, _pool.Holds.Postings.Single().Usage.Output);
    }

    [Fact]
    public async Task A_429_before_a_stream_is_retried()
    {
        _pool.A.Answers("{}", 429).Streams(Hello + Usage + Done);
        Assert.Equal(2, Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(_sink)).By.Attempts);
    }
}
