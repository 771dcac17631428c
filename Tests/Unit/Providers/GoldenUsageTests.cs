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
        pool.A.Answers($$"""{"object":"chat.completion","choices":[{"message":{"content":"Hello"} }],"usage":{{one.Usage.ToJsonString()}} }""");

        Assert.IsType<ProviderAnswer.Completed>(await pool.CompleteAsync(TargetOf(golden)));

        Check(one, pool.Holds.Postings.Single());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_stream_costs_what_its_usage_says(string file, string about)
    {
        var (golden, one) = Find(file, about);
        using var pool = new ScriptedPool();
        pool.A.Streams(
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n"
            + $"data: {{\"choices\":[],\"usage\":{one.Usage.ToJsonString()}}}\n\n"
            + "data: [DONE]\n\n");

        Assert.IsType<ProviderAnswer.Streamed>(await pool.StreamAsync(new FakeSink(), targets: TargetOf(golden)));

        Check(one, pool.Holds.Postings.Single());
    }

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var path in Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal))
            foreach (var one in Read(Path.GetFileName(path)).Cases) cases.Add(Path.GetFileName(path), one.About);
        return cases;
    }

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

    private sealed record GoldenFile(string About, bool Reasoning, PriceCard Price, IReadOnlyList<GoldenCase> Cases);

    private sealed record GoldenCase(string About, JsonObject Usage, TokenUsage Expected, Money CostUsd, Money? UpstreamCostUsd);
}
