using Microsoft.Extensions.Configuration;

namespace OrleansGateway.Tests;

public sealed class ListenerAddressTests
{
    [Theory]
    [InlineData("http://localhost:8080")]
    [InlineData("http://*:8080")]
    [InlineData("http://+:80/")]
    [InlineData("http://[::1]:0;HTTPS://127.0.0.1:65535;")]
    [InlineData("http://unix:/run/gateway.sock")]
    [InlineData("")]
    public void Where_kestrel_can_listen_is_no_fault(string urls) => Assert.Empty(ListenerAddress.FaultsOf(urls, 8080));

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://localhost:8080/path")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:-1")]
    [InlineData("http://127.0.0.1:port")]
    [InlineData("ftp://x:1")]
    [InlineData(" http://localhost:8080")]
    public void Where_it_cannot_is_one_whichever_of_several_it_is(string url)
    {
        var fault = Assert.Single(ListenerAddress.FaultsOf($"http://127.0.0.1:0;{url}", 8080));
        Assert.Contains($"'{url}'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void What_kestrel_and_serilog_cannot_read_is_told_with_all_the_rest()
    {
        var faults = new List<string>();
        GatewayOptions.Read(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Urls"] = "http://127.0.0.1:0;ftp://x:1",
                ["Kestrel:Limits:MaxConcurrentConnections"] = "abc",
                ["Serilog:MinimumLevel"] = "Foo",
                ["Gateway:Nope"] = "1",
                ["Gateway:ManagementUrls"] = "https://127.0.0.1:0",
            }).Build(),
            faults);

        Assert.Equal(5, faults.Count);
        foreach (var part in new[]
        {
            "Urls: 'ftp://x:1'", "Kestrel:Limits:MaxConcurrentConnections", "Serilog: The value Foo",
            "Gateway:Nope", "Gateway:ManagementUrls: the management listener has no certificate",
        })
            Assert.Contains(faults, fault => fault.Contains(part, StringComparison.Ordinal));
    }
}
