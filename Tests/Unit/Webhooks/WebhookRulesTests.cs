using System.Net;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Webhooks;

/// <summary>Which webhooks a policy may have, and which addresses are connected to.</summary>
public sealed class WebhookRulesTests
{
    private const string Threshold = "budget.threshold";
    private static readonly ModelCatalog Catalog = new TestTenant().Catalog;

    [Theory]
    [InlineData("https://hooks.example/budget?x=1")]
    [InlineData("https://hooks.example:8443/")]
    [InlineData("https://8.8.8.8/")]
    [InlineData("https://[2606:4700::1111]/")]
    public void A_public_https_address_is_right(string url) => Assert.Equal("", Faults(Hook(url)));

    [Theory]
    [InlineData("")]
    [InlineData("hooks.example")]
    [InlineData("ftp://hooks.example/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://hooks.example/")]
    [InlineData("https://user:password@hooks.example/")]
    [InlineData("https://hooks.example/#part")]
    [InlineData("https://10.1.2.3/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("http://localhost:9000/")]
    [InlineData("http://127.0.0.1:9000/")]
    public void In_production_any_other_address_is_refused(string url) => Assert.Equal("webhooks[0].url", Faults(Hook(url)));

    [Fact]
    public void An_address_that_is_too_long_is_refused() => Assert.Equal("webhooks[0].url", Faults(Hook("https://hooks.example/" + new string('a', WebhookRules.MaxUrlLength))));

    [Theory]
    [InlineData("http://localhost:9000/", false, false, "")]
    [InlineData("http://127.0.0.1:9000/", false, false, "")]
    [InlineData("http://[::1]:9000/", false, false, "")]
    [InlineData("http://10.0.0.1/", false, false, "webhooks[0].url")]
    [InlineData("https://10.0.0.1/", false, false, "webhooks[0].url")]
    [InlineData("http://hooks.example/", true, false, "")]
    [InlineData("http://10.0.0.1/", true, false, "webhooks[0].url")]
    [InlineData("https://10.0.0.1/", false, true, "")]
    [InlineData("http://10.0.0.1/", true, true, "")]
    public void Outside_production_and_by_settings_more_is_right(string url, bool allowHttp, bool allowPrivate, string faults) =>
        Assert.Equal(faults, Faults([Hook(url)], new WebhookAddresses(new WebhookOptions { AllowHttp = allowHttp, AllowPrivateAddresses = allowPrivate }, production: false)));

    [Fact]
    public void In_production_private_addresses_include_this_machine_when_they_are_allowed() =>
        Assert.Equal("", Faults([Hook("http://127.0.0.1:9000/")], new WebhookAddresses(new WebhookOptions { AllowPrivateAddresses = true }, production: true)));

    [Fact]
    public void Events_are_those_there_are_each_once()
    {
        Assert.Equal("webhooks[0].events", Faults(Hook("https://a.example/", [])));
        Assert.Equal("webhooks[0].events[1]", Faults(Hook("https://a.example/", [Threshold, "budget.exploded"])));
        Assert.Equal("webhooks[0].events[1]", Faults(Hook("https://a.example/", [Threshold, Threshold])));
        var fault = Assert.Single(PolicyRules.Check(Policy([Hook("https://a.example/", ["nothing"])]), Catalog));
        Assert.Contains(Threshold, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_and_secrets_are_checked_and_every_fault_is_named()
    {
        Assert.Equal("webhooks[1].url", Faults([Hook("https://a.example/"), Hook("https://a.example/")]));
        Assert.Equal("webhooks[0].secret", Faults(Hook("https://a.example/") with { Secret = "short" }));
        Assert.Equal("webhooks[1].url webhooks[1].events webhooks[1].secret", Faults([Hook("https://a.example/"), Hook("ftp://a.example/", []) with { Secret = "whsec_" }]));
        Assert.Equal("webhooks", Faults([.. Enumerable.Range(0, WebhookRules.MaxWebhooks + 1).Select(i => Hook($"https://a{i}.example/"))]));
        Assert.Equal("webhooks[0]", Faults([null!]));
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.255.255.255", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.1.2.3", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    public void In_production_only_public_addresses_are_connected_to(string address, bool allowed) =>
        Assert.Equal(allowed, new WebhookAddresses(new WebhookOptions(), production: true).Allows(IPAddress.Parse(address)));

    private static WebhookPolicy Hook(string url, string[]? events = null) => new() { Url = url, Events = [.. events ?? [Threshold]] };

    private static TenantPolicy Policy(WebhookPolicy[] webhooks) => TestTenant.Policy() with { Webhooks = [.. webhooks] };

    private static string Faults(WebhookPolicy webhook) => Faults([webhook]);

    private static string Faults(WebhookPolicy[] webhooks, WebhookAddresses? addresses = null) =>
        string.Join(' ', PolicyRules.Check(Policy(webhooks), Catalog, addresses).Select(f => f.Path));
}
