using Microsoft.Extensions.Configuration;

namespace OrleansGateway.Tests;

/// <summary>A secret that was put in the wrong place is not printed with the fault that it is.</summary>
public sealed class SecretsInFaultsTests
{
    private const string Secret = "sk-s3cret";

    [Theory]
    [InlineData("Gateway:Providers", "Gateway:Providers=sk-s3cret")]
    [InlineData("Gateway:Catalog", "Gateway:Catalog=sk-s3cret")]
    [InlineData("Gateway", "Gateway=sk-s3cret")]
    [InlineData("Otel", "Otel=sk-s3cret")]
    [InlineData("Gateway:Providers:acme", "Gateway:Providers:acme=sk-s3cret")]
    [InlineData("Gateway:Providers:acme:Keys", "Gateway:Providers:acme:Keys=sk-s3cret")]
    [InlineData("Gateway:Providers:acme:Keys:k1", "Gateway:Providers:acme:Keys:k1=sk-s3cret")]
    [InlineData("Gateway:Providers:acme:ApiKey", "Gateway:Providers:acme:ApiKey:0=sk-s3cret")]
    [InlineData("Gateway:Providers:acme:Key", "Gateway:Providers:acme:Key=sk-s3cret")]
    [InlineData("Gateway:Providers:acme:ApiKeyVariable", "Gateway:Providers:acme:BaseAddress=http://x/v1", "Gateway:Providers:acme:ApiKeyVariable=sk-s3cret")]
    [InlineData("Gateway:Providers:acme:Weight", "Gateway:Providers:acme:Weight=sk-s3cret")]
    [InlineData("Gateway:Providers:acme:BaseAddress", "Gateway:Providers:acme:BaseAddress=http://u:sk-s3cret@x/v1")]
    [InlineData("Gateway:Providers:acme:BaseAddress", "Gateway:Providers:acme:BaseAddress=https//u:sk-s3cret@x")]
    [InlineData("HOLYSHEEP_BASE_URL", "HOLYSHEEP_API_KEY=k", "HOLYSHEEP_BASE_URL=http://u:sk-s3cret@x/v1")]
    [InlineData("GATEWAY_ADMIN_KEY", "GATEWAY_ADMIN_KEY=sk-s3cret")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT=http://u:sk-s3cret@x:bad")]
    [InlineData("ConnectionStrings:Redis", "Gateway:Storage=Redis", "ConnectionStrings:Redis=redis:6379,password=abc,sk-s3cret=x")]
    [InlineData("ConnectionStrings:Redis", "Gateway:Storage=Redis", "ConnectionStrings:Redis=redis:6379,password=abc,sk-s3cret")]
    [InlineData("ConnectionStrings:Redis", "Gateway:Storage=Redis", "ConnectionStrings:Redis=redis://gw:sk-s3cret@redis:6379")]
    [InlineData("ConnectionStrings:Redis", "Gateway:Storage=Redis", "ConnectionStrings:Redis=redis:6379,ssl=sk-s3cret")]
    public void A_fault_names_its_setting_and_not_what_it_holds(string setting, params string[] settings)
    {
        var fault = Assert.Throws<SettingsException>(() => SiloSettings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(one => one.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
            .Build()));
        Assert.Contains(fault.Faults, one => one.StartsWith(setting + " ", StringComparison.Ordinal) || one.StartsWith(setting + ":", StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis:6379")]
    [InlineData("redis")]
    [InlineData("redis-0:6379,redis-1:6379,user=gw,password=a=b==,ssl=true,abortConnect=false")]
    [InlineData("password=abc,redis:6379")]
    [InlineData("[::1]:6379,defaultDatabase=1")]
    public void A_connection_string_that_names_a_server_is_taken(string connection)
    {
        var faults = new List<string>();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:Redis", connection)]).Build();
        Assert.Equal(connection, RedisSetting.Read(configuration, "it", faults));
        Assert.Empty(faults);
    }
}
