using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>An upstream that sends more choices than were asked for, or one twice: callers get what they asked for.</summary>
public sealed class OddChoicesTests(StormGateway shared) : IClassFixture<StormGateway>
{
    [Theory]
    [InlineData(1, """{"extraChoices":2}""", "choices_odd")]
    [InlineData(2, """{"extraChoices":1}""", "choices_odd")]
    [InlineData(1, """{"duplicateChoices":true}""", "choices_odd")]
    [InlineData(2, """{"duplicateChoices":true,"extraChoices":2}""", "choices_odd")]
    [InlineData(2, "{}", "ok")]
    public async Task A_whole_answer_has_the_first_distinct_choices_that_were_asked_for(int asked, string script, string word)
    {
        var caller = await shared.Gateway.OpenTenantAsync();
        using var response = await caller.ChatAsync(Body(asked, script, stream: false));
        Assert.Equal(200, (int)response.StatusCode);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(Enumerable.Range(0, asked), answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        await AssertPostedAsync(caller, word, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt64());
    }

    [Theory]
    [InlineData(1, """{"extraChoices":2}""", "choices_odd")]
    [InlineData(2, """{"extraChoices":1}""", "choices_odd")]
    [InlineData(2, """{"extraChoices":1,"multiLineData":true}""", "choices_odd")]
    [InlineData(1, """{"extraChoices":2,"jsonForSse":true}""", "choices_odd")]
    [InlineData(2, "{}", "ok")]
    public async Task A_stream_has_the_first_distinct_choices_that_were_asked_for(int asked, string script, string word)
    {
        var caller = await shared.Gateway.OpenTenantAsync();
        using var response = await caller.ChatAsync(Body(asked, script, stream: true));
        Assert.Equal(200, (int)response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var chunks = text
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(chunk => string.Concat(chunk.Split('\n').Select(line => line["data:".Length..])))
            .Where(data => data.Trim() != "[DONE]")
            .ToList();
        var indexes = chunks
            .SelectMany(data => JsonDocument.Parse(data).RootElement.GetProperty("choices").EnumerateArray())
            .Select(choice => choice.GetProperty("index").GetInt32());
        Assert.Equal(Enumerable.Range(0, asked), indexes.Distinct().Order());
        await AssertPostedAsync(caller, word, output: null);
    }

    private async Task AssertPostedAsync(TestCaller caller, string word, long? output)
    {
        var entry = Assert.Single(await caller.LedgerAsync());
        Assert.Equal(("posted", word, false), (entry.GetProperty("kind").GetString(), entry.GetProperty("outcome").GetString(), entry.GetProperty("estimated").GetBoolean()));
        var billed = Assert.Single(shared.Gateway.Simulator.Bill.Snapshot().Calls, call => call.RequestId == entry.GetProperty("requestId").GetString());
        Assert.Equal(billed.OutputTokens, entry.GetProperty("outputTokens").GetInt64());
        if (output is not null) Assert.Equal(output, entry.GetProperty("outputTokens").GetInt64());
    }

    private static string Body(int asked, string script, bool stream) =>
        $$"""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"n":{{asked}},"stream":{{(stream ? "true" : "false")}},"x_sim":{{script}} }""";
}
