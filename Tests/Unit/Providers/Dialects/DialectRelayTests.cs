using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>Responses and messages through the pool: what is sent, what passes, what is charged.</summary>
public sealed class DialectRelayTests : IDisposable
{
    private const string Role = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}}]}\n\n";
    private const string Created =
        "event: response.created\n"
        + "data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"status\":\"in_progress\",\"usage\":{\"input_tokens\":0,\"output_tokens\":0}}}\n\n";
    private const string ItemAdded =
        "event: response.output_item.added\n"
        + "data: {\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[]}}\n\n";
    private const string Delta = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hello\"}\n\n";
    private const string Completed =
        "event: response.completed\n"
        + "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[],\"usage\":{\"input_tokens\":10,\"output_tokens\":5,\"total_tokens\":15}}}\n\n";
    private const string Failed =
        "event: response.failed\n"
        + "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"no\"},\"usage\":null}}\n\n";

    private const string Start =
        "event: message_start\n"
        + "data: {\"type\":\"message_start\",\"message\":{\"content\":[],\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":4,\"output_tokens\":1}}}\n\n";
    private const string Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
    private const string BlockStart = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
    private const string ThoughtStart =
        "event: content_block_start\n"
        + "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"signature\":\"\",\"thinking\":\"\",\"citations\":null,\"type\":\"thinking\"}}\n\n";
    private const string ToolStart =
        "event: content_block_start\n"
        + "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n";
    private const string FullStart =
        "event: content_block_start\n"
        + "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"Hello\"}}\n\n";
    private const string Block = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n";
    private const string MessageDelta = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\n";
    private const string Stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    private const string Overloaded = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";

    private readonly ScriptedPool _pool = new();
    private readonly FakeSink _sink = new();

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData(UpstreamApi.Responses, Created + Delta + Completed, 10, 0)]
    [InlineData(UpstreamApi.Messages, Start + Ping + Block + MessageDelta + Stop, 14, 4)]
    public async Task Every_byte_of_a_stream_passes_and_its_own_usage_is_charged(UpstreamApi api, string events, long input, long cached)
    {
        _pool.A.Streams(events);
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(api, _sink));
        Assert.Equal(events, _sink.Received);
        Assert.Equal((new TokenUsage(input, 5, cached), "ok"), (streamed.Usage, streamed.Outcome));
        Assert.Equal((PostingKind.Posted, false), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Estimated));
        Assert.DoesNotContain("stream_options", _pool.A.Calls[0].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UpstreamApi.Responses, Created + Delta + Completed, "response.completed")]
    [InlineData(UpstreamApi.Messages, Start + Block + MessageDelta + Stop, "message_stop")]
    public async Task The_posting_is_in_the_book_before_the_caller_sees_the_end(UpstreamApi api, string events, string end)
    {
        _pool.A.Streams(events);
        _pool.Holds.OnPost = () => Assert.DoesNotContain(end, _sink.Received, StringComparison.Ordinal);
        await _pool.StreamAsync(api, _sink);
        Assert.Contains(end, _sink.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UpstreamApi.Responses, """{"object":"response","status":"completed","error":null,"output":[],"usage":{"input_tokens":10,"output_tokens":5}}""")]
    [InlineData(UpstreamApi.Messages, """{"type":"message","content":[],"usage":{"input_tokens":10,"output_tokens":5}}""")]
    public async Task A_whole_answer_passes_and_its_own_usage_is_charged(UpstreamApi api, string body)
    {
        _pool.A.Answers(body);
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(api));
        Assert.Equal((body, new TokenUsage(10, 5), "ok"), (Encoding.UTF8.GetString(completed.Body.Span), completed.Usage, completed.Outcome));
    }

    [Theory]
    [InlineData(UpstreamApi.Chat, """{"choices":[{"message":{"content":"Hello"}}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}""")]
    [InlineData(UpstreamApi.Responses, """{"output":[{"type":"message"}],"usage":{"input_tokens":0,"output_tokens":0}}""")]
    [InlineData(UpstreamApi.Messages, """{"content":[{"type":"text","text":"Hello"}],"usage":{"input_tokens":0,"output_tokens":0}}""")]
    [InlineData(UpstreamApi.Embeddings, """{"data":[{"embedding":[]}],"usage":{"prompt_tokens":0,"total_tokens":0}}""")]
    public async Task Zeros_are_no_usage(UpstreamApi api, string body)
    {
        _pool.A.Answers(body);
        await _pool.CompleteAsync(api);
        var posting = _pool.Holds.Postings.Single();
        Assert.Equal(("usage_invalid", true, 100L), (posting.Outcome, posting.Estimated, posting.Usage.Input));
    }

    [Fact]
    public async Task Each_api_is_called_at_its_own_address_in_its_own_way()
    {
        _pool.A
            .Answers("""{"output":[],"usage":{"input_tokens":1,"output_tokens":1}}""")
            .Answers("""{"content":[],"usage":{"input_tokens":1,"output_tokens":1}}""")
            .Answers("""{"content":[],"usage":{"input_tokens":1,"output_tokens":1}}""");
        await _pool.CompleteAsync(UpstreamApi.Responses);
        await _pool.CompleteAsync(UpstreamApi.Messages);
        await _pool.FinishAsync(() => _pool.Relay.CompleteAsync(_pool.Plan(), ScriptedPool.Request(UpstreamApi.Messages) with { ApiVersion = "2024-01-01" }));

        var (responses, messages) = (_pool.A.Calls[0], _pool.A.Calls[1]);
        Assert.Equal(("https://a.test/v1/responses", "https://a.test/v1/messages"), (responses.Address.ToString(), messages.Address.ToString()));
        Assert.Equal(["accept=application/json", "authorization=Bearer key-of-a", "x-request-id=req_1"], responses.Headers.Select(h => $"{h.Key}={h.Value}").Order());
        Assert.Equal(
            ["accept=application/json", "anthropic-version=2023-06-01", "x-api-key=key-of-a", "x-request-id=req_1"],
            messages.Headers.Select(h => $"{h.Key}={h.Value}").Order());
        Assert.Equal("2024-01-01", _pool.A.Calls[2].Headers["anthropic-version"]);
        Assert.Equal("""{"model":"m1-up","messages":[]}""", messages.Body);
    }

    [Theory]
    [InlineData(UpstreamApi.Responses, "{\"max_output_tokens\":50,\"model\":\"m1-up\",\"input\":\"x\"}")]
    [InlineData(UpstreamApi.Messages, "{\"max_tokens\":50,\"model\":\"m1-up\",\"messages\":[]}")]
    public async Task An_output_limit_that_the_caller_left_open_is_sent_under_its_own_name(UpstreamApi api, string sent)
    {
        _pool.A.Answers("{}", 400);
        await _pool.FinishAsync(() => _pool.Relay.CompleteAsync(_pool.Plan() with { CapOutput = true }, ScriptedPool.Request(api)));
        Assert.Equal(sent, _pool.A.Calls.Single().Body);
    }

    [Theory]
    [InlineData(UpstreamApi.Responses, Created + Delta, "truncated")]
    [InlineData(UpstreamApi.Responses, Created + Delta + "data: [DONE]\n\n", "stream_bad")]
    [InlineData(UpstreamApi.Responses, Created + Delta + "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"no\"}\n\n", "stream_error")]
    [InlineData(UpstreamApi.Responses, Created + Delta + "data: {\"type\":\"response.completed\",\"response\":{\n\n", "stream_bad")]
    [InlineData(UpstreamApi.Messages, Start + Block, "truncated")]
    [InlineData(UpstreamApi.Messages, Start + Block + Overloaded, "stream_error")]
    [InlineData(UpstreamApi.Messages, Start + ToolStart + Overloaded, "stream_error")]
    [InlineData(UpstreamApi.Messages, Start + FullStart + Overloaded, "stream_error")]
    [InlineData(UpstreamApi.Messages, Start + Block + MessageDelta + Block, "truncated")]
    [InlineData(UpstreamApi.Messages, Start + Block + "data: hello\n\n", "stream_bad")]
    public async Task A_stream_that_breaks_is_charged_what_came_and_never_what_it_said_too_early(UpstreamApi api, string events, string word)
    {
        _pool.A.Streams(events);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(api, _sink));
        Assert.Equal((true, word), (failed.Begun, failed.Outcome));
        var posting = _pool.Holds.Postings.Single();
        Assert.Equal((PostingKind.Posted, true, 100L), (posting.Kind, posting.Estimated, posting.Usage.Input));
        Assert.InRange(posting.Usage.Output, "Hello".Length, 50);
    }

    [Theory]
    [InlineData(UpstreamApi.Chat, Role + "data: {\"error\":{\"message\":\"no\"}}\n\n")]
    [InlineData(UpstreamApi.Responses, Created + ItemAdded + "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"no\"}\n\n")]
    [InlineData(UpstreamApi.Messages, Start + Overloaded)]
    [InlineData(UpstreamApi.Messages, Start + Ping + BlockStart + Overloaded)]
    [InlineData(UpstreamApi.Messages, Start + ThoughtStart + Overloaded)]
    public async Task A_stream_whose_upstream_fails_before_its_first_token_is_in_suspense_and_not_invoiced(UpstreamApi api, string events)
    {
        _pool.A.Streams(events);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(api, _sink, ScriptedPool.TargetA, ScriptedPool.TargetB));

        // Its caller has seen that it began, so nothing else is tried.
        Assert.Equal((true, "stream_error", Money.Zero), (failed.Begun, failed.Outcome, failed.Receipt.Invoiced));
        Assert.Equal((PostingKind.Suspense, "stream_error"), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings[0].Outcome));
        Assert.Empty(_pool.B.Calls);
    }

    [Fact]
    public async Task A_message_that_breaks_after_its_usage_is_charged_by_it()
    {
        _pool.A.Streams(Start + Block + MessageDelta);
        Assert.Equal("truncated", Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(UpstreamApi.Messages, _sink)).Outcome);
        Assert.Equal((new TokenUsage(14, 5, 4), false), (_pool.Holds.Postings.Single().Usage, _pool.Holds.Postings.Single().Estimated));
    }

    [Fact]
    public async Task A_response_that_says_it_failed_is_passed_on_as_the_end_it_is()
    {
        _pool.A.Streams(Created + Delta + Failed);
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(UpstreamApi.Responses, _sink));
        Assert.Equal((Created + Delta + Failed, "stream_error"), (_sink.Received, streamed.Outcome));
        Assert.Equal((true, 5L), (_pool.Holds.Postings.Single().Estimated, _pool.Holds.Postings.Single().Usage.Output));
    }

    [Fact]
    public async Task A_response_that_failed_at_once_is_tried_elsewhere_on_a_new_hold()
    {
        _pool.A.Streams(Failed).Streams(Failed).Streams(Failed);
        _pool.B.Streams(Created + Completed);
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(UpstreamApi.Responses, _sink, ScriptedPool.TargetA, ScriptedPool.TargetB));
        Assert.Equal(("b", Created + Completed), (streamed.By.Provider, _sink.Received));
        Assert.Equal(3, _pool.Holds.Suspended.Count);
    }

    // OpenAI's shape of both: the type is a family, the code says which.
    [Theory]
    [InlineData("""{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}""", "upstream_authentication")]
    [InlineData("""{"error":{"message":"No such model","type":"invalid_request_error","code":"model_not_found"}}""", "error_in_200")]
    public async Task The_code_of_an_error_within_an_answer_counts_more_than_its_type(string body, string word)
    {
        _pool.A.Answers(body);
        _pool.B.Answers("""{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}""");
        Assert.Equal("b", Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(ScriptedPool.TargetA, ScriptedPool.TargetB)).By.Provider);
        _pool.A.Streams("data: " + body + "\n\n");
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(_sink));
        Assert.NotEqual(UpstreamFailureKind.RequestRejected, failed.Kind);
        Assert.Equal(word == "error_in_200" ? "stream_error" : word, failed.Outcome);
    }

    [Fact]
    public async Task A_whole_response_that_failed_may_have_been_charged()
    {
        _pool.A.Answers("""{"object":"response","status":"failed","error":{"code":"invalid_prompt","message":"no","type":"invalid_request_error"},"output":[],"usage":null}""");
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(UpstreamApi.Responses));
        Assert.Equal(("error_in_200", UpstreamFailureKind.RequestRejected), (failed.Outcome, failed.Kind));
        _pool.A.Answers("""{"object":"response","status":"failed","error":{"code":"server_error","message":"no"},"output":[],"usage":{"input_tokens":3,"output_tokens":2}}""");
        await _pool.CompleteAsync(UpstreamApi.Responses);
        Assert.Equal((PostingKind.Posted, new TokenUsage(3, 2)), (_pool.Holds.Postings[^1].Kind, _pool.Holds.Postings[^1].Usage));
    }

    [Theory]
    [InlineData(529, "overloaded_error", UpstreamFailureKind.Error)]
    [InlineData(401, "authentication_error", UpstreamFailureKind.Authentication)]
    [InlineData(400, "invalid_request_error", UpstreamFailureKind.RequestRejected)]
    public async Task An_error_in_Anthropics_shape_is_understood(int status, string type, UpstreamFailureKind kind)
    {
        _pool.A.Answers($$"""{"type":"error","error":{"type":"{{type}}","message":"the words"},"request_id":"r"}""", status);
        _pool.A.Always = () => ScriptedUpstream.Response($$"""{"type":"error","error":{"type":"{{type}}","message":"the words"} }""", status);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(UpstreamApi.Messages));
        Assert.Equal((kind, kind == UpstreamFailureKind.RequestRejected ? "the words" : null), (failed.Kind, failed.Message));
    }

    [Theory]
    [InlineData("\"delta\":\"Hello\"", ".delta", 5)]
    [InlineData("\"delta\":\"\"", ".delta", 1)]
    [InlineData("\"item\":{\"type\":\"message\",\"x\":\"0123456789\"}", "response.output_item.done", 35)]
    [InlineData("\"item\":{\"type\":\"message\"}", "response.output_item.added", 0)]
    public void What_came_of_a_response_bounds_its_tokens(string member, string type, long bound)
    {
        var meter = new ResponsesMeter();
        Assert.Equal(
            ChunkKind.Content,
            meter.Look(Encoding.UTF8.GetBytes($"{{{member},\"type\":\"response{(type.StartsWith('.') ? ".x" + type : type["response".Length..])}\"}}")));
        Assert.Equal(bound, meter.OutputBound);
    }

    [Fact]
    public void An_event_that_is_no_object_or_no_utf8_is_no_event()
    {
        foreach (var meter in new StreamMeter[] { new ResponsesMeter(), new MessagesMeter() })
        {
            Assert.Equal(ChunkKind.Bad, meter.Look("[1]"u8));
            Assert.Equal(ChunkKind.Bad, meter.Look([.. "{\"type\":\"x"u8, 0xC3, .. "\"}"u8]));
            Assert.Equal(ChunkKind.Bad, meter.Look("{\"type\":\"x\"} {}"u8));
            Assert.Equal(ChunkKind.Content, meter.Look(""u8));
            Assert.Equal(ChunkKind.Content, meter.Look("{\"type\":5,\"delta\":{\"a\":[\"x\",{\"b\":\"y\"}]},\"message\":7}"u8));
        }
    }
}
