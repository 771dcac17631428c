using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansGateway.Tests.TestKit;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Cluster;

/// <summary>The cluster's name is one setting, for silos and web fronts, however they find one another. (Through Kubernetes: NeighboursTests.)</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class ClusterIdTests(RedisServer redis) : IClassFixture<RedisServer>
{
    [Fact]
    public async Task Clusters_in_one_redis_are_told_apart()
    {
        redis.SkipWhenMissing();
        await using var one = await StartSiloAsync("one");
        await using var two = await StartSiloAsync("two");
        var front = WebFrontHost.Build([], builder => builder.Configuration.AddInMemoryCollection(Settings("two")));
        await using var _ = front;
        await front.StartAsync();

        foreach (var silo in new[] { one, two }) Assert.Single(await HostsAsync(silo.Services));
        Assert.Equal((await HostsAsync(two.Services)).Keys, (await HostsAsync(front.Services)).Keys);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint);
        foreach (var name in new[] { "one", "two" }) Assert.True(await connection.GetDatabase().KeyExistsAsync($"{GatewayOptions.ServiceId}/members/{name}"), name);

        await front.StopAsync();
        await two.StopAsync();
        await one.StopAsync();
    }

    [Theory, InlineData("Embedded"), InlineData("Redis")]
    public async Task Both_programs_take_the_name_from_the_same_setting(string clustering)
    {
        using var folder = new TempFolder();
        var settings = Settings("two");
        (settings["Gateway:Clustering"], settings["Gateway:Storage"], settings["Gateway:DataDirectory"]) = (clustering, clustering, folder.Path);
        await using var silo = await SiloHost.BuildAsync([], builder => builder.Configuration.AddInMemoryCollection(settings));
        Assert.Equal(("two", "orleans-gateway"), NamesOf(silo));
        if (clustering == "Embedded") return;

        await using var front = WebFrontHost.Build([], builder => builder.Configuration.AddInMemoryCollection(settings));
        Assert.Equal(("two", "orleans-gateway"), NamesOf(front));
    }

    [Theory]
    [InlineData("Gateway:ClusterId", "Two", "Gateway:ClusterId: must have at most 63 of a-z, 0-9 and '-'")]
    [InlineData("Gateway:ClusterId", "two-", "Gateway:ClusterId: must have at most 63 of a-z, 0-9 and '-'")]
    [InlineData("Gateway:ClusterId", "", "Gateway:ClusterId: ")]
    [InlineData("Orleans:ClusterId", "two", "Orleans:ClusterId is not a setting of the gateway: a cluster is named by Gateway:ClusterId")]
    [InlineData("Orleans:ServiceId", "two", "Orleans:ServiceId is not a setting of the gateway: a cluster is named by Gateway:ClusterId")]
    public async Task A_name_that_cannot_be_or_another_setting_for_it_is_refused_by_both_programs(string setting, string value, string fault)
    {
        var settings = Settings("one");
        settings[setting] = value;

        var ofSilo = await Assert.ThrowsAsync<SettingsException>(() => SiloHost.BuildAsync([], builder => builder.Configuration.AddInMemoryCollection(settings)));
        var ofFront = Assert.Throws<SettingsException>(() => WebFrontHost.Build([], builder => builder.Configuration.AddInMemoryCollection(settings)));

        foreach (var exception in new[] { ofSilo, ofFront }) Assert.StartsWith(fault, Assert.Single(exception.Faults), StringComparison.Ordinal);
    }

    [Theory, InlineData("a"), InlineData("7"), InlineData("orleans-gateway"), InlineData("a23456789-123456789-123456789-123456789-123456789-123456789-123")]
    public void A_name_that_Kubernetes_takes_is_taken(string name)
    {
        Assert.True(KubernetesNames.IsLabel(name));
        var faults = new List<string>();
        Assert.Equal(
            name,
            GatewayOptions.Read(
                new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Gateway:ClusterId"] = name }).Build(),
                faults).ClusterId);
        Assert.Empty(faults);
    }

    private Dictionary<string, string?> Settings(string clusterId)
    {
        var settings = GatewayProcess.Settings(new Uri("http://127.0.0.1:9/v1"));
        settings["Gateway:ManagementUrls"] = "";
        settings["Gateway:ClusterId"] = clusterId;
        settings.ClusteredOnRedis(redis.Endpoint);
        return settings;
    }

    private async Task<WebApplication> StartSiloAsync(string clusterId)
    {
        var settings = Settings(clusterId);
        settings["Gateway:Http"] = "false";
        var silo = await SiloHost.BuildAsync([], builder => builder.Configuration.AddInMemoryCollection(settings));
        await silo.StartAsync();
        return silo;
    }

    private static async Task<Dictionary<SiloAddress, SiloStatus>> HostsAsync(IServiceProvider services) =>
        await services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);

    private static (string ClusterId, string ServiceId) NamesOf(WebApplication app)
    {
        var names = app.Services.GetRequiredService<IOptions<ClusterOptions>>().Value;
        return (names.ClusterId, names.ServiceId);
    }
}
