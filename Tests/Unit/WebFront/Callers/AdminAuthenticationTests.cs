using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class AdminAuthenticationTests
{
    private const string Given = "the-key-that-the-configuration-gives";
    private const string Generated = "the-key-that-was-generated-at-first-start";

    private readonly FakeGrainFactory _grains = new();

    [Fact]
    public async Task The_configured_and_the_generated_key_both_open()
    {
        var admin = Admin(Given);
        _grains.Operator.Known = ApiKeyHash.Of(Generated);
        Assert.Equal("configured", await admin.KeyShownAsync($"Bearer {Given}"));
        Assert.Equal(0, _grains.Operator.Calls);
        Assert.Equal("generated", await admin.KeyShownAsync($"Bearer {Generated}"));
        Assert.Equal("generated", await admin.KeyShownAsync($"Bearer {Generated}"));
        Assert.Equal(1, _grains.Operator.Calls);
        foreach (var wrong in new[] { "", "Bearer short", $"Basic {Given}", $"Bearer {Given}x" }) Assert.Null(await admin.KeyShownAsync(wrong));
    }

    [Fact]
    public async Task Anyone_else_gets_a_problem()
    {
        var http = new DefaultHttpContext();
        Assert.False(await Admin(null).AllowAsync(http));
        Assert.Equal((401, "application/problem+json"), (http.Response.StatusCode, http.Response.ContentType));
    }

    [Theory]
    [InlineData("too-short")]
    [InlineData("a key with spaces that is long enough, though")]
    public void A_weak_admin_key_is_a_fault(string key)
    {
        var faults = new List<string>();
        AdminKey.Read(Configuration(key), faults);
        Assert.Contains(AdminKey.Setting, Assert.Single(faults), StringComparison.Ordinal);
    }

    private AdminAuthentication Admin(string? key) => new(AdminKey.Read(Configuration(key), []), _grains, new FakeTimeProvider());

    private static IConfiguration Configuration(string? key) => new ConfigurationBuilder().AddInMemoryCollection([new(AdminKey.Setting, key)]).Build();
}
