using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace OrleansGateway.Tests;

public sealed class SettingsReaderTests
{
    [Fact]
    public void Every_kind_of_value_is_read()
    {
        var options = Read<House>(
            ("Name", "x"), ("Kind", "large"), ("Pause", "00:00:05"), ("Home", "https://h.example/v1"), ("Price", "0.25"), ("From", "2026-01-01"), ("Share", "0.5"),
            ("Rooms:a:Size", "3"), ("Rooms:b:Size", "4"), ("List:0", "x"), ("List:1", "y"), ("Fixed:0", "1"), ("Array:0:Size", "7"), ("Raw:Any:Thing", "1"), ("Maybe", "5"));
        Assert.Equal(("x", Size.Large, TimeSpan.FromSeconds(5), new Uri("https://h.example/v1")), (options.Name, options.Kind, options.Pause, options.Home));
        Assert.Equal((Money.FromUsd(0.25m), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), 0.5m, 5), (options.Price, options.From, options.Share, options.Maybe));
        Assert.Equal((3, 4), (options.Rooms["a"].Size, options.Rooms["b"].Size));
        Assert.Equal(["x", "y"], options.List);
        Assert.Equal([1], options.Fixed);
        Assert.Equal(7, Assert.Single(options.Array).Size);
        Assert.Equal("1", options.Raw!["Any:Thing"]);
    }

    [Fact]
    public void Every_fault_is_told_at_once()
    {
        var fault = Assert.Throws<SettingsException>(() => Read<House>(
            ("Nmae", "x"), ("Kind", "2"), ("Pause", "5"), ("Home", "nowhere"), ("Price", "0.0000000001"), ("Rooms:a:Size", "-1"), ("Rooms:b:Colour", "red"),
            ("List", "x"), ("Maybe", "many"), ("From:x", "1")));
        foreach (var part in new[]
        {
            "T:Nmae is not a setting; there are: Name,", "T:Name is missing", "T:Kind must be one of Small, Large", "T:Pause must be a duration",
            "T:Home must be an absolute", "T:Price must be an amount", "T:Rooms:a:Size: ",
            "T:Rooms:b:Colour is not a setting", "T:List must be a list", "T:Maybe must be a whole number", "T:From must be one value",
        })
            Assert.Contains(part, fault.Message, StringComparison.Ordinal);
        Assert.Equal(11, fault.Faults.Count);
        Assert.StartsWith("11 settings are wrong:", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_across_fields_is_told_with_its_fields() =>
        Assert.Contains(
            "T:Name and T:Kind: a large house has a long name",
            Assert.Throws<SettingsException>(() => Read<House>(("Name", "xyz"), ("Kind", "Large"))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("Cors:Origins:0", "*")]
    [InlineData("Cors:Origins:0", "https://*.example.com")]
    [InlineData("Cors:Origins:0", "https://example.com/")]
    [InlineData("Cors:Origins:0", "null")]
    [InlineData("TrustedProxies:0", "10.0.0.0/40")]
    [InlineData("MaxFailedAuthenticationsPerMinute", "-1")]
    [InlineData("SiloPort", "30000")]
    [InlineData("SiloPort", "0")]
    [InlineData("MaxRequestBodyBytes", "20000000")]
    [InlineData("RequestBodyTimeout", "00:03:00")]
    [InlineData("MaxHeldBodyBytes", "1000000")]
    [InlineData("MaxHeldBodyBytesPerTenant", "1000000")]
    [InlineData("ManagementUrls", "nowhere")]
    [InlineData("ManagementUrls", "http://localhost:8081/path")]
    [InlineData("ManagementUrls", "https://localhost:8081")]
    [InlineData("Storage", "Postgres")]
    [InlineData("Http", "perhaps")]
    [InlineData("DataDir", "/tmp")]
    public void A_gateway_that_cannot_work_does_not_start(string key, string value) => Assert.Throws<SettingsException>(() => Read<GatewayOptions>((key, value)));

    [Fact]
    public void The_defaults_are_good_and_foreign_sections_pass_through()
    {
        var options = Read<GatewayOptions>(("Providers:x:BaseAddress", "y"), ("Cors:Origins:0", "https://app.example.com"));
        Assert.Equal((Clustering.Embedded, StoreKind.Embedded, true, 11_111, 30_000), (options.Clustering, options.Storage, options.Http, options.SiloPort, options.GatewayPort));
        Assert.Equal("y", options.Providers!["x:BaseAddress"]);
        Assert.Null(options.Catalog);
        Assert.Equal(["https://app.example.com"], options.Cors.Origins);
    }

    [Theory]
    [InlineData("Embedded", null, "Gateway:Clustering")]
    [InlineData("Redis", null, "ConnectionStrings:Redis")]
    public void A_web_front_alone_says_what_it_needs(string clustering, string? redis, string setting)
    {
        var fault = Assert.Throws<SettingsException>(() =>
            WebFrontHost.Build([$"--Gateway:Clustering={clustering}", $"--ConnectionStrings:Redis={redis}", "--GATEWAY_ADMIN_KEY=short"]));
        Assert.Contains(setting, fault.Message, StringComparison.Ordinal);
        Assert.Contains(AdminKey.Setting, fault.Message, StringComparison.Ordinal);
    }

    private static T Read<T>(params (string Key, string Value)[] settings)
        where T : class =>
        new SettingsReader<T>(
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(one => KeyValuePair.Create($"T:{one.Key}", (string?)one.Value)))
                .Build()
                .GetSection("T"))
            .Read();

    private enum Size
    {
        Small,
        Large,
    }

    private sealed class House : IValidatableObject
    {
        public required string Name { get; init; }

        public Size Kind { get; init; }

        public TimeSpan Pause { get; init; }

        public Uri? Home { get; init; }

        public Money Price { get; init; }

        public DateTimeOffset From { get; init; }

        public decimal Share { get; init; }

        public int? Maybe { get; init; }

        public ImmutableDictionary<string, Room> Rooms { get; init; } = ImmutableDictionary<string, Room>.Empty;

        public IReadOnlyList<string> List { get; init; } = [];

        public ImmutableArray<int> Fixed { get; init; } = [];

        public Room[] Array { get; init; } = [];

        public IConfigurationSection? Raw { get; init; }

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Kind == Size.Large && Name.Length == 3) yield return new("a large house has a long name", [nameof(Name), nameof(Kind)]);
        }
    }

    private sealed record Room
    {
        [Range(0, 10)]
        public int Size { get; init; }
    }
}
