using Microsoft.Extensions.Configuration;

namespace OrleansGateway.Tests.Unit.Catalog;

public sealed class CatalogOptionsTests
{
    private static readonly (string, string)[] Whole =
    [
        ("ContextTokens", "1000000"), ("MaxOutputTokens", "64000"), ("Reasoning", "true"),
        ("Prices:0:EffectiveFrom", "2026-01-01"), ("Prices:0:Input", "3"), ("Prices:0:CachedInput", "0.3"), ("Prices:0:CacheWrite", "3.75"), ("Prices:0:LongCacheWrite", "6"),
        ("Prices:0:AudioInput", "40"), ("Prices:0:ImageInput", "5"), ("Prices:0:Output", "15"), ("Prices:0:AudioOutput", "80"),
        ("Prices:0:Tiers:0:AboveInputTokens", "200000"), ("Prices:0:Tiers:0:Input", "6"), ("Prices:0:Tiers:0:CachedInput", "0.6"), ("Prices:0:Tiers:0:Output", "22.5"),
        ("Prices:1:EffectiveFrom", "2026-07-01T06:30:00Z"), ("Prices:1:Input", "2"), ("Prices:1:Output", "10"),
    ];

    [Fact]
    public void Every_price_of_the_settings_is_in_the_catalog()
    {
        var model = Build(Whole);

        Assert.True(model.Reasoning);
        Assert.Equal(["2026-01-01", "2026-07-01T06:30:00Z"], model.Prices.Select(p => p.Version));
        var card = model.Prices[0];
        Assert.Equal(
            (Usd(3), Usd(0.3m), Usd(3.75m), Usd(6), Usd(40), Usd(5), Usd(15), Usd(80)),
            (card.InputUsdPerMillion, card.CachedInputUsdPerMillion, card.CacheWriteUsdPerMillion, card.LongCacheWriteUsdPerMillion, card.AudioInputUsdPerMillion,
                card.ImageInputUsdPerMillion, card.OutputUsdPerMillion, card.AudioOutputUsdPerMillion));
        var tier = Assert.Single(card.Tiers);
        Assert.Equal(
            (200_000, Usd(6), Usd(0.6m), null, Usd(22.5m)),
            (tier.AboveInputTokens, tier.InputUsdPerMillion, tier.CachedInputUsdPerMillion, tier.CacheWriteUsdPerMillion, tier.OutputUsdPerMillion));
    }

    [Fact]
    public void A_price_changes_at_its_instant()
    {
        var model = Build(Whole);
        var change = new DateTimeOffset(2026, 7, 1, 6, 30, 0, TimeSpan.Zero);
        Assert.Null(model.PriceAt(new DateTimeOffset(2025, 12, 31, 23, 59, 59, TimeSpan.Zero)));
        Assert.Equal("2026-01-01", model.PriceAt(change.AddTicks(-1))!.Version);
        Assert.Equal("2026-07-01T06:30:00Z", model.PriceAt(change)!.Version);
    }

    [Theory]
    [InlineData("Prices:0:Input is missing", "Prices:0:Output=1")]
    [InlineData("Prices:0: Output is missing; give 0 for what is really free", "Prices:0:Input=1")]
    [InlineData("Prices:0:Input: is -0.4, but must be between 0 and 100000 US dollars per million tokens", "Prices:0:Input=-0.4", "Prices:0:Output=1")]
    [InlineData("Prices:0:AudioInput: is 100000.5, but must be between", "Prices:0:Input=1", "Prices:0:Output=1", "Prices:0:AudioInput=100000.5")]
    [InlineData("Prices:0:CachedInput: must have at most nine decimals", "Prices:0:Input=1", "Prices:0:Output=1", "Prices:0:CachedInput=0.0000000001")]
    [InlineData("Prices:1: another price has the same EffectiveFrom", "Prices:0:Input=1", "Prices:0:Output=1", "Prices:1:Input=1", "Prices:1:Output=1")]
    [InlineData(
        "Prices:1: another price has the Version 'a' too",
        "Prices:0:Input=1", "Prices:0:Output=1", "Prices:0:Version=a",
        "Prices:1:Input=1", "Prices:1:Output=1", "Prices:1:Version=a", "Prices:1:EffectiveFrom=2026-01-01")]
    [InlineData("Prices:0:Tiers:0:AboveInputTokens is missing", "Prices:0:Input=1", "Prices:0:Output=1", "Prices:0:Tiers:0:Input=1", "Prices:0:Tiers:0:Output=1")]
    [InlineData("Prices:0: Tiers:0: Output is missing", "Prices:0:Input=1", "Prices:0:Output=1", "Prices:0:Tiers:0:Input=1", "Prices:0:Tiers:0:AboveInputTokens=9")]
    [InlineData(
        "Prices:0: Tiers:0: no prompt is longer than ContextTokens, 128000",
        "Prices:0:Input=1", "Prices:0:Output=1", "Prices:0:Tiers:0:Input=1", "Prices:0:Tiers:0:Output=1", "Prices:0:Tiers:0:AboveInputTokens=128000")]
    [InlineData(
        "Prices:0:Tiers:1:AboveInputTokens: must be above that of the tier before it",
        "Prices:0:Input=1", "Prices:0:Output=1", "Prices:0:Tiers:0:Input=1", "Prices:0:Tiers:0:Output=1", "Prices:0:Tiers:0:AboveInputTokens=9",
        "Prices:0:Tiers:1:Input=1", "Prices:0:Tiers:1:Output=1", "Prices:0:Tiers:1:AboveInputTokens=9")]
    [InlineData("Prices:0: embeddings have no output to price", "Kind=Embeddings", "Prices:0:Input=1", "Prices:0:Output=1")]
    [InlineData("Reasoning: embeddings have no output to reason in", "Kind=Embeddings", "Prices:0:Input=1", "Reasoning=true")]
    public void A_price_that_cannot_be_meant_stops_the_start_and_says_why(string fault, params string[] settings)
    {
        var thrown = Assert.Throws<SettingsException>(() => Build([.. settings.Select(s => s.Split('=')).Select(s => (s[0], s[1]))]));
        Assert.Contains("T:Models:m:" + fault, thrown.Message, StringComparison.Ordinal);
        Assert.Single(thrown.Faults);
    }

    private static Money Usd(decimal usd) => Money.FromUsd(usd);

    private static CatalogModel Build((string Key, string Value)[] settings)
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"T:Models:m:{s.Key}", (string?)s.Value))).Build().GetSection("T");
        var options = new SettingsReader<CatalogOptions>(section).Read();
        return CatalogBuilder.Build(options, new ProvidersOptions(), "holysheep").Models["m"];
    }
}
