using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>Usage objects in the providers' own shapes, from <c>Golden/Usage</c>, through the pool: which tokens are charged, and the exact cost.</summary>
public sealed class GoldenUsageTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_whole_answer_costs_what_its_usage_says(string file, string about)
    {
        var (golden, one) = Find(file, about);
        using var pool = new ScriptedPool();
        pool.A.Answers($$"""{ {{golden.Api switch
        {
            UpstreamApi.Responses => """ "object":"response","error":null,"output":[{"type":"message"}] """,
            UpstreamApi.Messages => """ "type":"message","content":[{"type":"text","text":"Hello"}] """,
            _ => """ "object":"chat.completion","choices":[{"message":{"content":"Hello"}}] """,
        }}},"usage":{{one.Usage.ToJsonString()}} }""");

        Assert.IsType<ProviderAnswer.Completed>(await pool.CompleteAsync(golden.Api, TargetOf(golden)));

        Check(one, pool.Holds.Postings.Single());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_stream_costs_what_its_usage_says(string file, string about)
    {
        var (golden, one) = Find(file, about);
        using var pool = new ScriptedPool();
        pool.A.Streams(string.Concat(Events(golden.Api, one).Select(data => $"data: {data}\n\n")));

        Assert.IsType<ProviderAnswer.Streamed>(await (golden.Api == UpstreamApi.Chat
            ? pool.StreamAsync(new FakeSink(), targets: TargetOf(golden))
            : pool.StreamAsync(golden.Api, new FakeSink(), TargetOf(golden))));

        Check(one, pool.Holds.Postings.Single());
    }

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var path in Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal))
            foreach (var one in Read(Path.GetFileName(path)).Cases) cases.Add(Path.GetFileName(path), one.About);
        return cases;
    }

    private static string[] Events(UpstreamApi api, GoldenCase one) => api switch
    {
        UpstreamApi.Responses =>
        [
            """{"type":"response.created","response":{"usage":null}}""",
            """{"type":"response.output_text.delta","delta":"Hello"}""",
            $$"""{"type":"response.completed","response":{"output":[],"usage":{{one.Usage.ToJsonString()}} } }""",
        ],
        UpstreamApi.Messages =>
        [
            $$"""{"type":"message_start","message":{"content":[],"usage":{{(one.Start ?? one.Usage).ToJsonString()}} } }""",
            """{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hello"}}""",
            $$"""{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{{(one.Delta ?? one.Usage).ToJsonString()}} }""",
            """{"type":"message_stop"}""",
        ],
        _ =>
        [
            """{"choices":[{"delta":{"content":"Hello"}}]}""",
            $$"""{"choices":[],"usage":{{one.Usage.ToJsonString()}} }""",
            "[DONE]",
        ],
    };

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Golden", "Usage");

    private static void Check(GoldenCase one, Posting posting)
    {
        Assert.Equal(one.Expected, posting.Usage);
        Assert.Equal((one.CostUsd, "2026-01-01", false), (posting.Cost, posting.PriceVersion, posting.Estimated));
        Assert.Equal(one.UpstreamCostUsd, posting.UpstreamCost);
    }

    private static PlanTarget TargetOf(GoldenFile golden) => ScriptedPool.TargetA with { Price = golden.Price, Reasoning = golden.Reasoning };

    private static (GoldenFile File, GoldenCase Case) Find(string file, string about)
    {
        var golden = Read(file);
        return (golden, golden.Cases.Single(one => one.About == about));
    }

    private static GoldenFile Read(string file) => JsonSerializer.Deserialize<GoldenFile>(File.ReadAllText(Path.Combine(Folder, file)), Json)!;

    private sealed record GoldenFile(string About, bool Reasoning, PriceCard Price, IReadOnlyList<GoldenCase> Cases, UpstreamApi Api = UpstreamApi.Chat);

    /// <param name="About">What it is.</param>
    /// <param name="Usage">As a whole answer has it.</param>
    /// <param name="Start">As a stream of a message begins with it, where that differs.</param>
    /// <param name="Delta">As such a stream ends with it.</param>
    /// <param name="Expected">What it means.</param>
    /// <param name="CostUsd">What it costs.</param>
    /// <param name="UpstreamCostUsd">What the upstream says that it costs.</param>
    private sealed record GoldenCase(string About, JsonObject Usage, JsonObject? Start, JsonObject? Delta, TokenUsage Expected, Money CostUsd, Money? UpstreamCostUsd);
}
