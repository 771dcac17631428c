using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd.Sdks;

/// <summary>OpenAI's own client for Node.js: <c>Tests/EndToEnd/node</c> looks at the answers, this class at the books.</summary>
[Collection(nameof(SdkGateway))]
public sealed class OpenAiNodeTests(SharedGateway shared)
{
    private TestGateway Gateway => shared.Gateway;

    [Theory]
    [InlineData("chat", 1)]
    [InlineData("stream-with-usage", 1)]
    [InlineData("stream-without-usage", 1)]
    [InlineData("same-key-twice", 1)]
    [InlineData("same-key-at-once", 1)]
    [InlineData("tools", 2)]
    [InlineData("streamed-tools", 1)]
    [InlineData("json-schema", 1)]
    [InlineData("models", 0)]
    [InlineData("bad-key", 0)]
    [InlineData("unknown-model", 0)]
    [InlineData("rate-limit", 2, """{"limits":{"concurrentRequests":1}}""")]
    [InlineData("spent-budget", 0, """{"budgets":[{"window":"month","limitUsd":0.000001}]}""")]
    [InlineData("short-form", 2)]
    public async Task Each_case_is_answered_as_the_SDK_expects_and_each_answer_posted_once(string name, int posted, string policy = "{}")
    {
        var caller = await Gateway.OpenTenantAsync(policy);
        await new Books(caller).AssertCaseAsync(name, "cases.mjs", posted);
    }

    [Theory]
    [InlineData("response", 1)]
    [InlineData("stream", 1)]
    [InlineData("tools", 2)]
    [InlineData("same-key-twice", 1)]
    [InlineData("stored-conversation", 0)]
    public async Task Each_case_of_responses_is_answered_as_the_SDK_expects_and_each_answer_posted_once(string name, int posted)
    {
        var caller = await Gateway.OpenTenantAsync();
        await new Books(caller).AssertCaseAsync(name, "responses.mjs", posted);
    }

    [Theory]
    [InlineData("embeddings")]
    [InlineData("embeddings-ignored-base64")]
    public async Task Vectors_are_the_upstreams_own_even_when_it_ignores_base64(string name)
    {
        const string Model = "text-embedding-3-small";
        var caller = await Gateway.OpenTenantAsync();
        var books = new Books(caller);

        var result = await NodeSdk.RunAsync(name, caller);

        var vectors = result.GetProperty("vectors").EnumerateArray().Select(vector => vector.EnumerateArray().Select(part => part.GetSingle()).ToArray());
        Assert.Equal([Vector("rain"), Vector("wind")], vectors);
        await books.AssertPostedAsync(1);

        static float[] Vector(string text) => EmbeddingVector.For(Hash.Of(Model) ^ Hash.Of(text), 1536);
    }

    [Fact]
    public async Task An_abandoned_stream_is_read_to_its_end_and_posted_with_the_usage()
    {
        var caller = await Gateway.OpenTenantAsync();
        var books = new Books(caller);

        await NodeSdk.RunAsync("leave-a-stream", caller);

        var entry = Assert.Single(await books.AssertPostedAsync(1));
        Assert.Equal((200, "client_gone"), (entry.GetProperty("outputTokens").GetInt32(), entry.GetProperty("outcome").GetString()));
    }

    [Theory]
    [InlineData("cases.mjs")]
    [InlineData("responses.mjs")]
    public async Task A_stream_that_breaks_is_an_error_and_not_a_short_answer(string script)
    {
        var caller = await Gateway.OpenTenantAsync();
        var books = new Books(caller);

        await NodeSdk.RunAsync("broken-stream", caller, script);

        await books.AssertEstimatedAsync();
    }
}
