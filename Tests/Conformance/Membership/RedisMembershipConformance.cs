using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using OrleansGateway.Tests.TestKit;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>The table of Orleans' own package: what it does shows that the suite asks for nothing of ours alone.</summary>
public sealed class RedisMembershipConformance(RedisServer redis) : MembershipConformance, IClassFixture<RedisServer>, IDisposable
{
    private readonly List<IHost> _hosts = [];

    protected override IMembershipTable Open(string clusterId)
    {
        redis.SkipWhenMissing();
        var host = OpenHost(redis, clusterId);
        lock (_hosts) _hosts.Add(host);
        return host.Services.GetRequiredService<IMembershipTable>();
    }

    public void Dispose()
    {
        foreach (var host in _hosts) host.Dispose();
    }

    internal static IHost OpenHost(RedisServer redis, string clusterId) => Host.CreateEmptyApplicationBuilder(null).UseOrleans(silo =>
    {
        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (clusterId, "tests"));
        silo.UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(redis.Endpoint));
    }).Build();
}
