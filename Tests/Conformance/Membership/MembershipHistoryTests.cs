using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Conformance.Membership;

public sealed class MembershipHistoryTests(RedisServer redis) : IClassFixture<RedisServer>
{
    [Fact]
    public async Task The_table_of_the_tests_does_what_the_model_does()
    {
        var clusters = new InMemoryMembershipTable.Clusters();
        await MembershipHistories.CheckAsync(cluster => new InMemoryMembershipTable(clusters, cluster), histories: 300);
    }

    [Fact]
    public async Task Kubernetes_does_what_the_model_does()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var handles = new KubernetesHandles(server.Configuration);
        await MembershipHistories.CheckAsync(cluster => handles.Table(cluster), histories: 100);
    }

    [Fact]
    public async Task Redis_does_what_the_model_does()
    {
        redis.SkipWhenMissing();
        var hosts = new List<IHost>();
        try
        {
            await MembershipHistories.CheckAsync(
                cluster =>
                {
                    hosts.Add(RedisMembershipConformance.OpenHost(redis, cluster));
                    return hosts[^1].Services.GetRequiredService<IMembershipTable>();
                },
                histories: 60);
        }
        finally
        {
            foreach (var host in hosts) host.Dispose();
        }
    }
}
