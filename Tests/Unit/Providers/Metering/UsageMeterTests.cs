using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class UsageMeterTests
{
    [Theory]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"total_tokens":42}""", 12, 30, 0, 0)]
    [InlineData("""{"input_tokens":12,"output_tokens":30}""", 12, 30, 0, 0)]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"input_tokens":0,"output_tokens":0}""", 12, 30, 0, 0)]
    [InlineData("""{"prompt_tokens":12,"total_tokens":42}""", 12, 30, 0, 0)]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"prompt_tokens_details":{"text_tokens":12,"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":20}}""", 12, 30, 8, 20)]
    [InlineData("""{"input_tokens":12,"output_tokens":30,"input_tokens_details":{"cached_tokens":8},"output_tokens_details":null}""", 12, 30, 8, 0)]
    public void What_the_upstream_counts_is_charged(string usage, long input, long output, long cached, long reasoning)
    {
        var metered = Meter(usage);
        Assert.Equal(new MeteredUsage(new TokenUsage(input, output, cached, reasoning), false, "ok"), metered);
    }

    [Theory]
    [InlineData("""{"prompt_tokens":-1,"completion_tokens":30}""")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30.5}""")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":3000000000}""")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":1e400}""")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"total_tokens":41}""")]
    [InlineData("""{"prompt_tokens":"12","completion_tokens":30}""")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"prompt_tokens_details":{"cached_tokens":13}}""")]
    [InlineData("""{"completion_tokens":30}""")]
    [InlineData("""{"prompt_tokens":30}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("7")]
    public void Numbers_that_cannot_be_true_are_replaced_by_the_upper_bound(string usage) =>
        Assert.Equal(new MeteredUsage(new TokenUsage(100, 5), true, "usage_invalid"), Meter(usage));

    [Fact]
    public void Without_usage_the_upper_bound_is_charged() =>
        Assert.Equal(new MeteredUsage(new TokenUsage(100, 5), true, "usage_missing"), Meter("null"));

    [Fact]
    public void The_upper_bound_is_never_above_what_the_upstream_was_allowed() =>
        Assert.Equal(50, UsageMeter.Judge(null, ModelKind.Chat, Plan, ScriptedPool.TargetA, 1_000_000).Usage.Output);

    [Fact]
    public void A_target_with_shorter_answers_is_bounded_by_its_own() =>
        Assert.Equal(20, UsageMeter.Judge(null, ModelKind.Chat, Plan, ScriptedPool.TargetA with { MaxOutputTokens = 20 }, 1_000_000).Usage.Output);

    [Theory]
    [InlineData("null", "usage_missing")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":-1}""", "usage_invalid")]
    public void A_model_that_thinks_unseen_may_have_written_all_that_it_was_allowed(string usage, string word)
    {
        var thinker = ScriptedPool.TargetA with { Reasoning = true };
        Assert.Equal(new MeteredUsage(new TokenUsage(100, 50), true, word), Meter(usage, thinker));
        var three = Plan with { Choices = 3 };
        Assert.Equal(150, UsageMeter.Judge(null, ModelKind.Chat, three, thinker, 5).Usage.Output);
    }

    [Theory]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"total_tokens":49}""")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"prompt_tokens_details":{"cached_tokens":7,"cache_write_tokens":6}}""")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"prompt_tokens_details":{"audio_tokens":7,"image_tokens":6}}""")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"completion_tokens_details":{"audio_tokens":31}}""")]
    [InlineData("""{"input_tokens":12,"output_tokens":30,"cache_read_input_tokens":-1}""")]
    [InlineData("""{"input_tokens":12,"output_tokens":30,"cache_read_input_tokens":2147483647}""")]
    [InlineData("""{"input_tokens":12,"output_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":"1"}}""")]
    [InlineData("""{"prompt_tokens":12,"completion_tokens":30,"total_tokens":50,"prompt_cache_hit_tokens":12,"prompt_cache_miss_tokens":12}""")]
    public void Parts_that_do_not_fit_their_wholes_are_no_usage(string usage) => Assert.Equal("usage_invalid", Meter(usage).Word);

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[1,{}]")]
    [InlineData("1e300")]
    [InlineData("-0.1")]
    [InlineData("\"1\"")]
    public void A_cost_that_is_none_spoils_nothing(string cost)
    {
        var metered = Meter($$"""{"prompt_tokens":12,"cost_usd":{{cost}},"cost":{{cost}},"completion_tokens":30}""");
        Assert.Equal(new MeteredUsage(new TokenUsage(12, 30), false, "ok"), metered);
    }

    [Fact]
    public void An_estimate_keeps_what_the_upstream_said_of_its_cost() =>
        Assert.Equal(Money.FromUsd(0.5m), Meter("""{"prompt_tokens":-1,"completion_tokens":1,"cost_usd":0.5}""").UpstreamCost);

    [Fact]
    public void An_estimate_is_charged_as_the_dearest_tokens_there_are()
    {
        var price = ScriptedPool.Price with { CacheWriteUsdPerMillion = Money.FromUsd(5), AudioOutputUsdPerMillion = Money.FromUsd(80) };
        using var pool = new ScriptedPool();
        var call = new UpstreamCall(pool.Plan(ScriptedPool.TargetA with { Price = price }), ScriptedPool.Request(), null, new PoolTime(pool.Time));

        Assert.Equal(Money.FromUsd(0.0005m + 0.0004m), Postings.Posted(call, new MeteredUsage(new TokenUsage(100, 5), true, "usage_missing"), "usage_missing").Cost);
        Assert.Equal(Money.FromUsd(0.0002m + 0.00004m), Postings.Posted(call, new MeteredUsage(new TokenUsage(100, 5), false, "ok"), "ok").Cost);
    }

    [Fact]
    public void Embeddings_have_no_output()
    {
        Assert.True(AnswerScan.TryScan("""{"data":[],"usage":{"prompt_tokens":8,"total_tokens":8}}"""u8, out var scan));
        Assert.Equal(new TokenUsage(8, 0), UsageMeter.Judge(scan.Usage, ModelKind.Embeddings, Plan, ScriptedPool.TargetA, 99).Usage);
        Assert.Equal(new TokenUsage(100, 0), UsageMeter.Judge(null, ModelKind.Embeddings, Plan, ScriptedPool.TargetA, 99).Usage);
    }

    [Theory]
    [InlineData("""{"choices":[]""")]
    [InlineData("""{"choices":[]} {}""")]
    [InlineData("""["choices"]""")]
    [InlineData("<html></html>")]
    [InlineData("")]
    [InlineData("""{"usage":{"prompt_tokens":1""")]
    [InlineData("""{"choic\ud800es":[]}""")]
    public void What_is_not_one_whole_object_is_no_answer(string body) => Assert.False(AnswerScan.TryScan(Encoding.UTF8.GetBytes(body), out _));

    [Theory]
    [InlineData("""{"error":null}""", false)]
    [InlineData("""{"error":""}""", false)]
    [InlineData("""{"error":{}}""", false)]
    [InlineData("""{"error":"x"}""", true)]
    [InlineData("""{"error":{"message":"x"}}""", true)]
    public void An_error_counts_when_it_says_something(string body, bool expected)
    {
        Assert.True(AnswerScan.TryScan(Encoding.UTF8.GetBytes(body), out var scan));
        Assert.Equal(expected, scan.HasError);
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"content":"hi"}}]}""", nameof(ChunkKind.Content))]
    [InlineData("""{"choices":[{"delta":{"content":"hi"}}],"usage":null,"error" : null}""", nameof(ChunkKind.Content))]
    [InlineData("""{"choices":[{"delta":{"content":"hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}""", nameof(ChunkKind.Content))]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}""", nameof(ChunkKind.Usage))]
    [InlineData("""{"choices":[ ],"usage": {"prompt_tokens":1,"completion_tokens":1}}""", nameof(ChunkKind.Usage))]
    [InlineData("""{"error":{"message":"no"}}""", nameof(ChunkKind.Error))]
    [InlineData("[DONE]", nameof(ChunkKind.Done))]
    [InlineData(" [DONE] ", nameof(ChunkKind.Done))]
    [InlineData("", nameof(ChunkKind.Content))]
    [InlineData("hello", nameof(ChunkKind.Bad))]
    [InlineData("""{"choices":[{"delta":{"content":"hi""", nameof(ChunkKind.Bad))]
    [InlineData("""{"usage":{},"\ud800":1}""", nameof(ChunkKind.Bad))]
    [InlineData("""{"choices":[{"delta":{"content":hi}}]}""", nameof(ChunkKind.Bad))]
    [InlineData("""{"choices":[{"delta":{"content":"the \"usage\": word"}}]}""", nameof(ChunkKind.Content))]
    public void A_chunk_is_told_by_what_it_holds(string data, string kind) => Assert.Equal(kind, new ChunkMeter().Look(Encoding.UTF8.GetBytes(data)).ToString());

    [Fact]
    public void Deltas_bound_the_tokens_that_came()
    {
        var meter = new ChunkMeter();
        meter.Look("""{"choices":[{"delta":{"role":"assistant","content":""}}]}"""u8);
        Assert.Equal(0, meter.OutputBound);
        meter.Look("""{"choices":[{"delta":{"content":"Hello"}},{"delta":{"tool_calls":[{"function":{"arguments":"{}"}}]}}]}"""u8);
        Assert.Equal("Hello{}".Length, meter.OutputBound);
        var silent = new ChunkMeter();
        for (var i = 0; i < 3; i++) silent.Look("""{"choices":[{"delta":{}}]}"""u8);
        Assert.Equal(3, silent.OutputBound);
        var called = new ChunkMeter();
        called.Look("""{"choices":[{"delta":{"content":null,"role":"assistant","tool_calls":[{"function":{"name":"f","role":"x"}}]}}]}"""u8);
        Assert.Equal("fx".Length, called.OutputBound);
    }

    [Fact]
    public void The_last_usage_of_a_stream_counts()
    {
        var meter = new ChunkMeter();
        meter.Look("""{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}"""u8);
        meter.Look("""{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":9}}"""u8);
        Assert.Equal(9, UsageMeter.Judge(meter.Usage, ModelKind.Chat, Plan, ScriptedPool.TargetA, 0).Usage.Output);
    }

    private static ProviderPlan Plan { get; } = MakePlan();

    private static ProviderPlan MakePlan()
    {
        using var pool = new ScriptedPool();
        return pool.Plan();
    }

    private static MeteredUsage Meter(string usage, PlanTarget? target = null)
    {
        Assert.True(AnswerScan.TryScan(Encoding.UTF8.GetBytes($$"""{"id":"x","usage":{{usage}},"choices":[1]}"""), out var scan));
        return UsageMeter.Judge(scan.Usage, ModelKind.Chat, Plan, target ?? ScriptedPool.TargetA, 5);
    }
}
