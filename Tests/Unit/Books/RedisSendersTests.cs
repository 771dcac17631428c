using System.Reflection;
using OrleansGateway.Tests.TestKit;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Unit.Books;

public sealed class RedisSendersTests
{
    [Fact]
    public async Task A_connection_that_is_gone_fails_those_who_wait_and_no_sender_ends_of_it()
    {
        var appends = new RedisAppends(DispatchProxy.Create<IConnectionMultiplexer, Gone>(), new InMemoryBook(), new RedisBookOptions(), TimeProvider.System);

        // More than there are senders.
        for (var i = 0; i < 10; i++)
        {
            var append = new RedisAppend("acme", new RedisBookKeys("", "acme"), "2026-11-28", i, [], 0);
            var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => appends.AppendAsync(append));
            Assert.Contains("did not confirm an append to the book of tenant 'acme'", fault.Message, StringComparison.Ordinal);
        }
    }

    public class Gone : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IConnectionMultiplexer.GetDatabase) ? null : throw new ObjectDisposedException("connection");
    }
}
