using Microsoft.Extensions.Configuration;

namespace OrleansGateway.Tests.Unit.Hosting;

public sealed class SiloSettingsTests
{
    [Fact]
    public void Faults_of_every_kind_are_told_at_once()
    {
        var faults = Assert.Throws<SettingsException>(() => Read(
            ("Gateway:SiloPort", "0"),
            ("HOLYSHEEP_API_KEY", "x"),
            ("Gateway:Catalog:Aliases:fast", "nope"),
            ("Gateway:Catalog:Models:mine:Offers:elsewhere:UpstreamModel", "m"),
            ("Gateway:Catalog:Models:mine:ContextTokens", "1000"),
            ("Gateway:Catalog:Models:mine:MaxOutputTokens", "100"),
            ("Gateway:Catalog:Models:mine:Prices:0:Version", "v1"),
            ("Gateway:Catalog:Models:mine:Prices:0:EffectiveFrom", "2026-01-01T00:00:00Z"),
            ("Gateway:Catalog:Models:mine:Prices:0:Input", "1"),
            ("Gateway:Catalog:Models:mine:Prices:0:Output", "1"))).Faults;

        Assert.Contains(faults, fault => fault.Contains("SiloPort", StringComparison.Ordinal));
        Assert.Contains("Gateway:Catalog:Aliases:fast: there is no model 'nope'", faults);
        Assert.Contains("Gateway:Catalog:Models:mine: the provider 'elsewhere' that should serve it is not configured", faults);
    }

    [Fact]
    public void Models_that_could_not_be_read_are_not_said_to_be_missing()
    {
        var faults = Assert.Throws<SettingsException>(() => Read(
            ("HOLYSHEEP_API_KEY", "x"), ("Gateway:Catalog:Models:mine:ContextTokens", "many"), ("Gateway:Catalog:Aliases:fast", "mine"))).Faults;

        Assert.DoesNotContain(faults, fault => fault.Contains("Aliases", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_the_gateways_own_models_those_are_offered_that_somebody_may_serve()
    {
        var settings = Read(
            ("Gateway:Providers:azure:BaseAddress", "https://azure.test/v1"), ("Gateway:Providers:azure:ApiKey", "x"), ("Gateway:Providers:azure:Models:0", "gpt-4.1"));

        Assert.Equal(["gpt-4.1"], settings.Recipe.Build(CatalogInputs.None).Models.Keys);
    }

    private static SiloSettings Read(params (string Name, string Value)[] settings) => SiloSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value))).Build());
}
