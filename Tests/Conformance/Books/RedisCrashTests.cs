using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

public sealed class RedisCrashTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_confirmed_outlives_the_server_and_what_was_not_can_be_asked_again()
    {
        var patient = new RedisBook(redis.Connection, new RedisBookOptions { AppendTimeout = TimeSpan.FromSeconds(60), AppendTries = 20 }, TimeProvider.System);
        var hasty = new RedisBook(redis.Connection, new RedisBookOptions { AppendTimeout = TimeSpan.FromMilliseconds(100) }, TimeProvider.System);
        for (var i = 0; i < 50; i++)
        {
            await patient.AppendAsync("acme", i, Entry(i), Cancelled);
        }

        await redis.KillAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => hasty.AppendAsync("acme", 50, Entry(50), Cancelled));
        await redis.StartAsync();

        Assert.True((await patient.AppendAsync("acme", 50, Entry(50), Cancelled)).Appended);
        Assert.Equal(Enumerable.Range(0, 51).Select(i => $"{i + 1}:entry {i}"), await patient.AllAsync("acme"));
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Entry(int number) => [Encoding.UTF8.GetBytes($"entry {number}")];
}
