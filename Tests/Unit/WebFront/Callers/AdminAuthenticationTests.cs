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
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task The_configured_and_the_generated_key_both_open()
    {
        var admin = Admin(Given);
        _grains.Operator.Known = ApiKeyHash.Of(Generated);
        Assert.Equal("configured", await ShownAsync(admin, $"Bearer {Given}"));
        Assert.Equal(0, _grains.Operator.Calls);
        Assert.Equal("generated", await ShownAsync(admin, $"Bearer {Generated}"));
        Assert.Equal("generated", await ShownAsync(admin, $"Bearer {Generated}"));
        Assert.Equal(1, _grains.Operator.Calls);
        foreach (var wrong in new[] { "", "Bearer short", $"Basic {Given}", $"Bearer {Given}x" }) Assert.Null(await ShownAsync(admin, wrong));
    }

    [Fact]
    public async Task Anyone_else_gets_a_problem()
    {
        var http = new DefaultHttpContext();
        Assert.False(await Admin(null).AllowAsync(http));
        Assert.Equal((401, "application/problem+json"), (http.Response.StatusCode, http.Response.ContentType));
    }

    [Fact]
    public async Task Where_too_many_wrong_keys_come_from_no_other_is_looked_up_for_a_while_and_a_good_one_that_was_is_served()
    {
        var admin = new AdminAuthentication(AdminKey.Read(Configuration(Given), []), _grains, ShownKeys.Refused(_time, mostPerMinute: 60), _time);
        _grains.Operator.Known = ApiKeyHash.Of(Generated);
        Assert.Equal("generated", await ShownAsync(admin, $"Bearer {Generated}"));
        for (var i = 0; i < 61; i++) Assert.Null(await ShownAsync(admin, $"Bearer {Guess(i)}"));

        var asked = _grains.Operator.Calls;
        var http = ShownKeys.In($"Bearer {Guess(61)}");
        Assert.False(await admin.AllowAsync(http));
        Assert.Equal((429, "1", "application/problem+json"), (http.Response.StatusCode, http.Response.Headers.RetryAfter.ToString(), http.Response.ContentType));
        Assert.Equal("configured", await ShownAsync(admin, $"Bearer {Given}"));
        Assert.Equal("generated", await ShownAsync(admin, $"Bearer {Generated}"));
        Assert.Equal(asked, _grains.Operator.Calls);

        _time.Advance(TimeSpan.FromSeconds(2));
        http = ShownKeys.In($"Bearer {Guess(62)}");
        Assert.False(await admin.AllowAsync(http));
        Assert.Equal((401, asked + 1), (http.Response.StatusCode, _grains.Operator.Calls));

        static string Guess(int i) => $"a-guess-that-is-long-enough-to-be-looked-up-{i}";
    }

    [Fact]
    public async Task Wrong_admin_keys_are_logged_with_their_address_once_a_second()
    {
        var log = new ListLogger<RefusedKeys>();
        var admin = new AdminAuthentication(AdminKey.Read(Configuration(Given), []), _grains, ShownKeys.Refused(_time, logger: log), _time);
        await ShownAsync(admin, "");
        Assert.Empty(log.Lines);
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 3; i++) await ShownAsync(admin, "Bearer wrong");
        Assert.Contains("192.0.2.1: 1 times", Assert.Single(log.Lines).Text, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ShownAsync(admin, $"Bearer {Generated}");
        Assert.Contains("192.0.2.1: 3 times", log.Lines[^1].Text, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Lines, line => line.Text.Contains(Generated, StringComparison.Ordinal));
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

    private static async Task<string?> ShownAsync(AdminAuthentication admin, string header)
    {
        var http = ShownKeys.In(header);
        http.Response.Body = Stream.Null;
        return await admin.AllowAsync(http) ? (string?)http.Items[AdminAuthentication.KeyItem] : null;
    }

    private AdminAuthentication Admin(string? key) => new(AdminKey.Read(Configuration(key), []), _grains, ShownKeys.Refused(_time), _time);

    private static IConfiguration Configuration(string? key) => new ConfigurationBuilder().AddInMemoryCollection([new(AdminKey.Setting, key)]).Build();
}
