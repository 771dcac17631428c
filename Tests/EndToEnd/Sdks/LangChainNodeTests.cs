using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd.Sdks;

/// <summary>LangChain's client for Node.js: <c>Tests/EndToEnd/node/langchain.mjs</c> looks at the answers, this class at the books.</summary>
[Collection(nameof(SdkGateway))]
public sealed class LangChainNodeTests(SharedGateway shared)
{
    private TestGateway Gateway => shared.Gateway;

    [Theory]
    [InlineData("invoke", 1)]
    [InlineData("stream", 1)]
    [InlineData("response", 1)]
    [InlineData("tools", 2)]
    [InlineData("structured", 1)]
    [InlineData("batch", 3)]
    [InlineData("embeddings", 1)]
    [InlineData("bad-key", 0)]
    [InlineData("too-long", 0)]
    [InlineData("rate-limit", 2, """{"limits":{"concurrentRequests":1}}""")]
    [InlineData("spent-budget", 0, """{"budgets":[{"window":"month","limitUsd":0.000001}]}""")]
    public async Task Each_case_is_answered_as_it_is_expected_and_each_answer_posted_once(string name, int posted, string policy = "{}")
    {
        var caller = await Gateway.OpenTenantAsync(policy);
        await new Books(caller).AssertCaseAsync(name, "langchain.mjs", posted);
    }

    [Fact]
    public async Task A_stream_that_breaks_is_an_error_and_not_a_short_answer()
    {
        var caller = await Gateway.OpenTenantAsync();
        var books = new Books(caller);

        await NodeSdk.RunAsync("broken-stream", caller, "langchain.mjs");

        await books.AssertEstimatedAsync();
    }
}
