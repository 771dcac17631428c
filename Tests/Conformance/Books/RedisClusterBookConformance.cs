using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>The same books in a Redis Cluster, where no script may touch keys of two tenants.</summary>
public sealed class RedisClusterBookConformance(RedisClusterNode redis) : BookConformance, IClassFixture<RedisClusterNode>
{
    protected override IBook Book { get; } =
        new RedisBook(redis.Connection, new RedisBookOptions { KeyPrefix = "conformance:", AppendTimeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
}
