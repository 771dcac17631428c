using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>A request that an upstream finds too long goes to the next model with more room, on the same hold.</summary>
public sealed class ContextFallbackTests : IDisposable
{
    private const string Answer =
        """{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";
    private static readonly PlanTarget Small = ScriptedPool.TargetA with { ContextTokens = 1_000 };
    private static readonly PlanTarget AsSmall = ScriptedPool.OtherTargetA with { ContextTokens = 1_000 };
    private static readonly PlanTarget Large = ScriptedPool.TargetB with { ContextTokens = 2_000 };

    private readonly ScriptedPool _pool = new();

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData("context_length_exceeded", 400)]
    [InlineData("context_window_exceeded", 413)]
    public async Task The_next_model_with_more_room_answers_and_those_without_are_not_asked(string code, int status)
    {
        _pool.A.Answers(TooLong(code), status);
        _pool.B.Answers(Answer);

        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(Small, AsSmall, Large));

        Assert.Equal(new AnsweredBy("b", "m2", 2, true, "fallback:context_length"), completed.By);
        Assert.Single(_pool.A.Calls);
        Assert.Equal((PostingKind.Posted, 1), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Hold.Attempt));
    }

    [Fact]
    public async Task A_stream_does_so_before_its_first_byte()
    {
        _pool.A.Streams($"data: {TooLong("context_length_exceeded")}\n\n");
        _pool.B.Streams(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n"
            + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}\n\ndata: [DONE]\n\n");
        var streamed = Assert.IsType<ProviderAnswer.Streamed>(await _pool.StreamAsync(new FakeSink(), targets: [Small, Large]));
        Assert.Equal("fallback:context_length", streamed.By.Route);
    }

    [Fact]
    public async Task Without_a_larger_one_the_upstreams_words_reach_the_caller_and_nothing_is_charged()
    {
        _pool.A.Answers(TooLong("context_length_exceeded"), 400);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(Small, AsSmall));
        Assert.Equal((UpstreamFailureKind.RequestRejected, "too long", "context_length_exceeded", null), (failed.Kind, failed.Message, failed.Code, failed.By.Route));
        Assert.Equal(PostingKind.Void, _pool.Holds.Postings.Single().Kind);
    }

    [Theory]
    [InlineData("prompt is too long: 213462 tokens > 200000 maximum")]
    [InlineData("input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again")]
    public async Task Anthropics_words_for_it_stand_for_the_code_that_its_errors_lack(string message)
    {
        var error = $$$"""{"type":"error","error":{"type":"invalid_request_error","message":"{{{message}}}"},"request_id":"x"}""";
        _pool.A.Answers(error, 400);
        _pool.B.Answers("""{"type":"message","content":[{"type":"text","text":"Hi"}],"usage":{"input_tokens":1,"output_tokens":1}}""");
        var completed = Assert.IsType<ProviderAnswer.Completed>(await _pool.CompleteAsync(UpstreamApi.Messages, Small, AsSmall, Large));
        Assert.Equal(new AnsweredBy("b", "m2", 2, true, "fallback:context_length"), completed.By);

        _pool.A.Answers(error, 400);
        var failed = Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(UpstreamApi.Messages, Small, AsSmall));
        Assert.Equal((UpstreamFailureKind.RequestRejected, message, "context_length_exceeded"), (failed.Kind, failed.Message, failed.Code));
    }

    [Theory]
    [InlineData("""{"error":{"message":"maximum context length is 1000 tokens","code":"invalid_value"}}""")]
    [InlineData("""{"type":"error","error":{"type":"invalid_request_error","message":"messages.0: the words 'prompt is too long' are not welcome"}}""")]
    [InlineData("""{"error":{"message":"prompt is too long","type":"invalid_request_error","code":"invalid_value"}}""")]
    public async Task Other_rejections_are_no_matter_of_room(string error)
    {
        _pool.A.Answers(error, 400);
        Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(Small, Large));
        Assert.Empty(_pool.B.Calls);
    }

    [Fact]
    public async Task What_is_charged_all_the_same_ends_the_call()
    {
        _pool.A.Answers("""{"error":{"message":"too long","code":"context_length_exceeded"},"usage":{"prompt_tokens":5,"completion_tokens":0,"total_tokens":5}}""", 400);
        Assert.IsType<ProviderAnswer.Failed>(await _pool.CompleteAsync(Small, Large));
        Assert.Equal((PostingKind.Posted, 5), (_pool.Holds.Postings.Single().Kind, _pool.Holds.Postings.Single().Usage.Input));
        Assert.Empty(_pool.B.Calls);
    }

    private static string TooLong(string code) => $$$"""{"error":{"message":"too long","type":"invalid_request_error","param":"messages","code":"{{{code}}}"}}""";
}
