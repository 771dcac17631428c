using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd.Sdks;

/// <summary>Anthropic's own client for Node.js: <c>Tests/EndToEnd/node/messages.mjs</c> looks at the answers, this class at the books.</summary>
[Collection(nameof(SdkGateway))]
public sealed class AnthropicNodeTests(SharedGateway shared)
{
    private TestGateway Gateway => shared.Gateway;

    [Theory]
    [InlineData("message", 1)]
    [InlineData("bearer", 1)]
    [InlineData("stream", 1)]
    [InlineData("cached", 1)]
    [InlineData("tools", 2)]
    [InlineData("streamed-tools", 1)]
    [InlineData("same-key-twice", 1)]
    [InlineData("bad-key", 0)]
    [InlineData("unknown-model", 0)]
    [InlineData("hosted-tool", 0)]
    [InlineData("spent-budget", 0, """{"budgets":[{"window":"month","limitUsd":0.000001}]}""")]
    public async Task Each_case_is_answered_as_the_SDK_expects_and_each_answer_posted_once(string name, int posted, string policy = "{}")
    {
        var caller = await Gateway.OpenTenantAsync(policy);
        await new Books(caller).AssertCaseAsync(name, "messages.mjs", posted);
    }

    [Fact]
    public async Task An_abandoned_stream_is_read_to_its_end_and_posted_with_the_usage()
    {
        var caller = await Gateway.OpenTenantAsync();
        var books = new Books(caller);

        await NodeSdk.RunAsync("leave-a-stream", caller, "messages.mjs");

        var entry = Assert.Single(await books.AssertPostedAsync(1));
        Assert.Equal((200, "client_gone"), (entry.GetProperty("outputTokens").GetInt32(), entry.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task A_stream_that_breaks_is_an_error_and_not_a_short_answer()
    {
        var caller = await Gateway.OpenTenantAsync();
        var books = new Books(caller);

        await NodeSdk.RunAsync("broken-stream", caller, "messages.mjs");

        await books.AssertEstimatedAsync();
    }
}
