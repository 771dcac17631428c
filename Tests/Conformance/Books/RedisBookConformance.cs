using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

[SuiteFor(typeof(RedisBook))]
public sealed class RedisBookConformance(RedisServer redis) : BookConformance, IClassFixture<RedisServer>
{
    protected override IBook Book { get; } =
        new RedisBook(redis.Connection, new RedisBookOptions { KeyPrefix = "conformance:", AppendTimeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
}
