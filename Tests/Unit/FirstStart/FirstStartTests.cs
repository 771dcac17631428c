using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.FirstStarts;

public sealed class FirstStartTests
{
    private const string AdminKeyShown = "Admin key (shown once";
    private const string DemoShown = "Demo tenant 'demo'";

    private readonly FakeAdminGrains _grains = new(new FakeTimeProvider());
    private readonly ListLogger<FirstStart> _log = new();

    [Fact]
    public async Task The_first_start_shows_an_admin_key_and_a_demo_tenant_and_the_next_neither()
    {
        var first = await StartAsync();
        Assert.Contains(AdminKeyShown, first, StringComparison.Ordinal);
        Assert.Contains(DemoShown, first, StringComparison.Ordinal);
        Assert.Equal(_grains.Operator.Known, ApiKeyHash.Of(first.Split('\n').Select(line => line.Trim()).First(line => line.StartsWith("admin-", StringComparison.Ordinal))));

        var next = await StartAsync();
        Assert.DoesNotContain(AdminKeyShown, next, StringComparison.Ordinal);
        Assert.DoesNotContain(DemoShown, next, StringComparison.Ordinal);
        Assert.Single(_grains["demo"].Keys);
        Assert.DoesNotContain(_log.Lines, line => line.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_demo_tenant_that_could_not_be_made_is_made_by_the_next_start()
    {
        _grains.Failure = new StoreUnavailableException("away");
        Assert.DoesNotContain(DemoShown, await StartAsync(), StringComparison.Ordinal);
        Assert.Contains(_log.Lines, line => line is { Event: "first_start_failed", Level: LogLevel.Error });

        _grains.Failure = null;
        var next = await StartAsync();
        Assert.DoesNotContain(AdminKeyShown, next, StringComparison.Ordinal);
        Assert.Contains(DemoShown, next, StringComparison.Ordinal);
        Assert.Single(_grains["demo"].Keys);
    }

    [Fact]
    public async Task No_admin_key_is_known_that_nobody_saw()
    {
        _grains.Operator.LosesAnswer = true;
        var first = await StartAsync();
        Assert.Contains(AdminKeyShown, first, StringComparison.Ordinal);
        Assert.NotNull(_grains.Operator.Known);

        var next = await StartAsync();
        Assert.DoesNotContain(AdminKeyShown, next, StringComparison.Ordinal);
        Assert.Contains(DemoShown, next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Production_has_no_demo_tenant()
    {
        Assert.DoesNotContain(DemoShown, await StartAsync(("DOTNET_ENVIRONMENT", "production")), StringComparison.Ordinal);
        Assert.False(_grains.Operator.Started);
    }

    [Theory]
    [InlineData("Gateway:DataDirectory", "/books", "/books")]
    [InlineData("ConnectionStrings:Redis", "cache:6379,password=a-secret", "Redis at cache:6379")]
    public async Task Where_the_books_are_is_said_without_a_password(string setting, string value, string place)
    {
        await StartAsync((setting, value), ("Gateway:Storage", value.StartsWith('/') ? "Embedded" : "Redis"));
        Assert.Equal($"The books are kept in {place}", Assert.Single(_log.Lines, line => line.Event == "books_kept").Text);
    }

    private async Task<string> StartAsync(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Append(("HOLYSHEEP_API_KEY", "a-key")).Select(setting => KeyValuePair.Create(setting.Item1, (string?)setting.Item2)))
            .Build();
        using var console = new StringWriter();
        await new FirstStart(_grains, SiloSettings.Read(configuration), _log, console: console).WelcomeAsync("http://localhost:8080");
        return console.ToString();
    }
}
