using System.Text;
using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>An upstream that streams what was to come whole, or the other way round: whoever pays gets an answer, in the form asked for.</summary>
public sealed class OtherFormTests : IDisposable
{
    private const string Chat =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello there","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""";

    private const string ToolChat =
        """{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"},{"index":1,"message":{"role":"assistant","content":"ü","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}}""";

    private const string Response =
        """{"id":"r","object":"response","created_at":1,"status":"completed","error":null,"model":"m","output":[{"id":"i","type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello","annotations":[]}]},{"id":"j","type":"function_call","call_id":"t","name":"f","arguments":"{}"}],"usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}}""";

    private const string Message =
        """{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"Hello"},{"type":"tool_use","id":"t","name":"f","input":{"a":[1]}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":5}}""";

    private readonly ScriptedPool _pool = new();

    public void Dispose() => _pool.Dispose();

    public static TheoryData<UpstreamApi, string> Answers => new()
    {
        { UpstreamApi.Chat, Chat },
        { UpstreamApi.Chat, ToolChat },
        { UpstreamApi.Responses, Response },
        { UpstreamApi.Messages, Message },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_spread_into_a_stream_and_gathered_again_is_the_same(UpstreamApi api, string answer)
    {
        _pool.A.Answers(answer);
        var sink = new FakeSink();
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.FinishAsync(() =>
            _pool.Relay.StreamAsync(_pool.Plan() with { Choices = 2 }, ScriptedPool.Request(api, stream: true), sink)));
        Assert.Equal((new TokenUsage(10, 5), "ok"), (streamed.Usage, streamed.Outcome));
        Assert.Contains("text/event-stream", _pool.A.Calls[0].Accept, StringComparison.Ordinal);

        _pool.A.Answers(Encoding.UTF8.GetString(SpreadAnswer.Of(api, Encoding.UTF8.GetBytes(answer))!), contentType: "text/event-stream");
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.FinishAsync(() =>
            _pool.Relay.CompleteAsync(_pool.Plan() with { Choices = 2 }, ScriptedPool.Request(api))));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(answer), JsonNode.Parse(completed.Body.Span)), Encoding.UTF8.GetString(completed.Body.Span));
        Assert.Equal((new TokenUsage(10, 5), "ok"), (completed.Usage, completed.Outcome));
        Assert.All(_pool.Holds.Postings, p => Assert.Equal((PostingKind.Posted, false), (p.Kind, p.Estimated)));
    }

    [Fact]
    public async Task Chunks_are_put_together_whatever_their_spelling()
    {
        _pool.A.Answers(
            "\uFEFF: hi\r\n\r\ndata:{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hel\"}}]}\r\n\r\n"
            + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\",\"reasoning_content\":\"a\"}}],\"usage\":null}\r\n\r\n"
            + "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"b\",\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}}]}\r\n\r\n"
            + "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"}\"}}]},\"finish_reason\":\"tool_calls\"}]}\r\n\r\n"
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\r\n\r\ndata: [DONE]\r\n\r\n",
            contentType: "application/json");
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        Assert.Equal(
            """{"id":"c","object":"chat.completion","usage":{"prompt_tokens":10,"completion_tokens":5},"choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null,"reasoning_content":"ab","tool_calls":[{"id":"t","function":{"name":"f","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}]}""",
            Encoding.UTF8.GetString(completed.Body.Span));
    }

    [Theory]
    [InlineData(UpstreamApi.Chat, """data: {"choices":[{"index":0,"delta":{"content":"0123456789012345678901234567890123456789"}}]}""", "data: [DONE]")]
    [InlineData(
        UpstreamApi.Chat, """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"0123456789012345678901234567890123456789"}}]}}]}""", "data: [DONE]")]
    [InlineData(
        UpstreamApi.Messages, """data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"0123456789012345678901234567890123456789"}}""",
        """data: {"type":"message_stop"}""")]
    [InlineData(
        UpstreamApi.Messages, """data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"                                        "}}""",
        """data: {"type":"message_stop"}""")]
    public void Twice_as_many_pieces_take_about_twice_the_memory(UpstreamApi api, string piece, string last)
    {
        const string Begin = """
            data: {"type":"message_start","message":{"id":"m","content":[]}}

            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","input":{}}}

            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}


            """;
        Taken(1_000); // what is made once
        Assert.InRange(Taken(8_000) / (double)Taken(2_000), 2, 6);

        long Taken(int pieces)
        {
            var begin = api == UpstreamApi.Messages ? Begin.ReplaceLineEndings("\n") : "";
            var stream = Encoding.UTF8.GetBytes(begin + string.Concat(Enumerable.Repeat(piece + "\n\n", pieces)) + last + "\n\n");
            var before = GC.GetAllocatedBytesForCurrentThread();
            var whole = GatheredAnswer.Of(api, stream).Body;
            Assert.True(whole?.Length > (api == UpstreamApi.Messages && piece.Contains("partial", StringComparison.Ordinal) ? 0 : 40 * pieces), "it was put together");
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void What_takes_the_place_of_a_text_in_pieces_stays()
    {
        var gathered = GatheredAnswer.Of(UpstreamApi.Chat, Encoding.UTF8.GetBytes(string.Concat(
            """[{"x":"a"}, {"x":"b"}, {"x":5}, {"y":"a"}, {"y":"b"}, {"y":["c"]}, {"z":"a"}, {"z":null}, {"z":"b"}]"""
                .Trim('[', ']').Split(", ").Select(delta => $$"""data: {"choices":[{"index":0,"delta":{{delta}}}]}""" + "\n\n")) + "data: [DONE]\n\n"));
        var message = JsonNode.Parse(gathered.Body!.Value.Span)!["choices"]![0]!["message"]!;
        Assert.Equal("""[5,["c"],"ab"]""", new JsonArray([.. new[] { "x", "y", "z" }.Select(name => message[name]!.DeepClone())]).ToJsonString());
    }

    [Theory]
    [InlineData("""{"choices":[{"index":@,"delta":{}}]}""", 128, 129)]
    [InlineData("""{"choices":[{"index":0,"delta":{"a@":[{"index":512}]}}]}""", 2, 3)]
    public void A_stream_that_takes_more_memory_than_its_bytes_are_worth_makes_no_answer(string chunk, int fine, int tooMany)
    {
        Assert.NotNull(Gathered(fine));
        Assert.Null(Gathered(tooMany));

        ReadOnlyMemory<byte>? Gathered(int count) => GatheredAnswer.Of(UpstreamApi.Chat, Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Range(0, count).Select(i => $"data: {chunk.Replace("@", $"{i}", StringComparison.Ordinal)}\n\n")) + "data: [DONE]\n\n")).Body;
    }

    [Fact]
    public async Task Events_of_a_response_in_place_of_a_chat_are_told_as_a_chat()
    {
        _pool.A.Answers(Encoding.UTF8.GetString(SpreadAnswer.Of(UpstreamApi.Responses, Encoding.UTF8.GetBytes(Response))!), contentType: "text/event-stream");
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync());
        Assert.Equal(
            """{"id":"r","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""",
            Encoding.UTF8.GetString(completed.Body.Span));
        Assert.Equal(new TokenUsage(10, 5), completed.Usage);
    }

    [Fact]
    public async Task Events_of_a_response_in_a_stream_of_chat_are_metered_all_the_same()
    {
        _pool.A.Streams(Encoding.UTF8.GetString(SpreadAnswer.Of(UpstreamApi.Responses, Encoding.UTF8.GetBytes(Response))!) + "data: [DONE]\n\n");
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(new FakeSink()));
        Assert.Equal(new TokenUsage(10, 5), streamed.Usage);

        _pool.A.Streams("data: {\"type\":\"response.output_text.delta\",\"delta\":\"0123456789\"}\n\n");
        await _pool.StreamAsync(new FakeSink());
        Assert.Equal((true, 10L), (_pool.Holds.Postings[^1].Estimated, _pool.Holds.Postings[^1].Usage.Output));
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n", "stream_for_json")]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: {\"choi\n\ndata: [DONE]\n\n", "stream_for_json")]
    [InlineData("data: {\"choices\":5}\n\ndata: [DONE]\n\n", "stream_for_json")]
    [InlineData("data: {}\n\ndata: [DONE]\n\n", "invalid_response")]
    [InlineData("data: [DONE]\n\n", "invalid_response")]
    public async Task A_stream_that_breaks_in_place_of_an_answer_ends_in_suspense(string body, string word)
    {
        _pool.A.Answers(body, contentType: "text/event-stream");
        Assert.Equal(word, Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync()).Outcome);
        Assert.Equal(PostingKind.Suspense, _pool.Holds.Postings.Single().Kind);
    }

    [Fact]
    public async Task An_error_event_in_place_of_an_answer_is_tried_again_on_a_new_hold()
    {
        _pool.A
            .Answers(
                "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\ndata: {\"error\":{\"type\":\"overloaded_error\"}}\n\n",
                contentType: "text/event-stream")
            .Answers(Chat);
        Assert.Equal(2, Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync()).By.Attempts);
        Assert.Equal("stream_error", _pool.Holds.Suspended.Single().Outcome);
    }

    [Fact]
    public async Task A_broken_stream_that_told_its_usage_is_charged_by_it()
    {
        _pool.A.Answers("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\n", contentType: "text/event-stream");
        Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync());
        Assert.Equal((PostingKind.Posted, new TokenUsage(10, 5)), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Usage));
    }

    [Fact]
    public async Task Json_in_place_of_a_stream_that_is_no_answer_is_refused_and_what_it_tells_is_charged()
    {
        _pool.A.Answers("""{"choices":[5],"usage":{"prompt_tokens":10,"completion_tokens":5}}""");
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.StreamAsync(new FakeSink()));
        Assert.Equal((UpstreamFailureKind.InvalidResponse, "json_for_stream", false), (failed.Kind, failed.Outcome, failed.Begun));
        Assert.Equal((PostingKind.Posted, new TokenUsage(10, 5)), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Usage));
    }
}
