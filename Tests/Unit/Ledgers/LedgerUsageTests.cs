using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Ledgers;

public sealed class LedgerUsageTests
{
    private static readonly BookEntry.Posted Plain = new()
    {
        At = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Request = "req_1",
        Attempt = 1,
        Usage = new TokenUsage(12, 30),
        Cost = Money.FromUsd(0.000264m),
        Outcome = "ok",
    };

    [Fact]
    public void A_posting_of_text_says_nothing_of_other_kinds()
    {
        var json = Encoding.UTF8.GetString(Plain.ToBytes().Span);
        Assert.Contains("\"usage\":{\"input\":12,\"output\":30},", json, StringComparison.Ordinal);
        Assert.DoesNotContain("upstreamCost", json, StringComparison.Ordinal);
    }

    [Fact]
    public void A_posting_of_an_earlier_release_is_read()
    {
        const string Old = """{"kind":"posted","usage":{"input":12,"output":30,"cachedInput":0,"reasoning":7,"total":42,"isPlausible":true},"cost":0.000264,"absorbed":0,"outcome":"ok","estimated":false,"resolves":false,"request":"req_1","attempt":1,"at":"2026-01-01T00:00:00+00:00"}""";
        Assert.Equal(Plain with { Usage = new TokenUsage(12, 30, Reasoning: 7) }, BookEntry.Parse(new RawEntry(1, Encoding.UTF8.GetBytes(Old))));
    }

    [Fact]
    public async Task The_ledger_shows_every_kind_and_how_far_the_upstreams_cost_is_off()
    {
        var book = new InMemoryBook();
        var usage = new TokenUsage(1_000, 100, CachedInput: 100, Reasoning: 50, CacheWrite: 200, LongCacheWrite: 40, AudioInput: 300, ImageInput: 10, AudioOutput: 30);
        var posted = Plain with { Usage = usage, Absorbed = Money.FromUsd(0.000036m), UpstreamCost = Money.FromUsd(0.00025m) };
        await book.AppendAsync("acme", 0, [posted.ToBytes(), Plain.ToBytes()], CancellationToken.None);

        var page = await LedgerReader.PageAsync(book, "acme", null, null, null, 10);

        var line = page.Entries[0];
        Assert.Equal(
            usage,
            new TokenUsage(
                line.InputTokens, line.OutputTokens, line.CachedInputTokens, line.ReasoningTokens,
                line.CacheWriteTokens, line.LongCacheWriteTokens, line.AudioInputTokens, line.ImageInputTokens, line.AudioOutputTokens));
        Assert.Equal((Money.FromUsd(0.00025m), Money.FromUsd(-0.00005m)), (line.UpstreamCostUsd, line.CostDriftUsd));
        Assert.Equal((null, null), (page.Entries[1].UpstreamCostUsd, page.Entries[1].CostDriftUsd));
    }
}
