using System.Text;
using OrleansGateway.Tests.TestKit;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>Books in Redis over a bad network, with the connection that the gateway uses.</summary>
public sealed class RedisFaultTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private readonly RedisBookOptions _options = new() { KeyPrefix = Guid.NewGuid().ToString("N") + ":" };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(nameof(NetFault.BlackHole))]
    [InlineData(nameof(NetFault.DropReplies))]
    [InlineData(nameof(NetFault.Reset))]
    [InlineData(nameof(NetFault.Cut))]
    public async Task A_bad_network_is_a_store_that_is_unavailable_and_the_append_lands_once_when_it_is_good_again(string fault)
    {
        redis.SkipWhenMissing();
        await using var proxy = new FaultProxy(redis.Port);
        await using var connection = await ConnectAsync(proxy);
        var book = new RedisBook(connection, _options, TimeProvider.System);
        await book.AppendAsync("acme", 0, Entry(1), Cancelled);

        proxy.Set(Enum.Parse<NetFault>(fault));
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 1, Entry(2), Cancelled));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("acme", Cancelled));
        // Both are bounded by the time-out of 800 ms; the rest is room for a busy machine. Measured by its clock: sockets and the client of Redis have no other.
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(6));

        proxy.Set(NetFault.None);
        await UntilItLandsAsync(book, 1, Entry(2));
        Assert.Equal(new AppendOutcome(true, 3), await book.AppendAsync("acme", 2, Entry(3), Cancelled));
        Assert.Equal(["1:1", "2:2", "3:3"], await book.AllAsync("acme"));
    }

    [Theory]
    [InlineData("LOADING Redis is loading the dataset in memory")]
    [InlineData("CLUSTERDOWN The cluster is down")]
    [InlineData("READONLY You can't write against a read only replica.")]
    [InlineData("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")]
    public async Task A_server_that_starts_or_changes_roles_is_asked_again_and_is_unavailable_when_that_lasts(string error)
    {
        redis.SkipWhenMissing();
        await using var proxy = new FaultProxy(redis.Port);
        await using var connection = await ConnectAsync(proxy);
        var patient = new RedisBook(
            connection,
            new RedisBookOptions { KeyPrefix = _options.KeyPrefix, AppendTimeout = TimeSpan.FromSeconds(30), AppendTries = 60 },
            TimeProvider.System);
        await patient.AppendAsync("acme", 0, Entry(1), Cancelled);

        proxy.AnswerNext("EVALSHA", error, times: 2);
        Assert.Equal(new AppendOutcome(true, 2), await patient.AppendAsync("acme", 1, Entry(2), Cancelled));

        proxy.AnswerNext("EVALSHA", error, times: 100);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => new RedisBook(connection, _options, TimeProvider.System).AppendAsync("acme", 2, Entry(3), Cancelled));
        Assert.Equal(["1:1", "2:2"], await new RedisBook(redis.Connection, _options, TimeProvider.System).AllAsync("acme"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20261126)]
    public async Task Whatever_the_network_does_every_entry_lands_once_and_in_order(int seed)
    {
        redis.SkipWhenMissing();
        var random = new Random(seed);
        await using var proxy = new FaultProxy(redis.Port);
        await using var connection = await ConnectAsync(proxy);
        var book = new RedisBook(connection, _options, TimeProvider.System);

        for (var i = 0; i < 60; i++)
        {
            var fault = random.Next(4) > 0 ? NetFault.None : (NetFault)random.Next(1, 5);
            proxy.Latency = TimeSpan.FromMilliseconds(random.Next(4) * random.Next(4));
            proxy.Set(fault, random.Next(64));
            try
            {
                await book.AppendAsync("acme", i, Entry(i + 1), Cancelled);
            }
            catch (StoreUnavailableException)
            {
                proxy.Set(NetFault.None);
                await UntilItLandsAsync(book, i, Entry(i + 1));
            }
        }

        proxy.Set(NetFault.None);
        Assert.Equal(Enumerable.Range(1, 60).Select(i => $"{i}:{i}"), await new RedisBook(redis.Connection, _options, TimeProvider.System).AllAsync("acme"));
    }

    [Fact]
    public async Task An_emptied_store_is_another_one_even_when_it_is_marked_again()
    {
        var mark = new RedisStoreMark(redis.Connection, _options);
        var other = new RedisStoreMark(redis.Connection, _options);
        Assert.Null(await mark.ForeignAsync());
        Assert.Null(await other.ForeignAsync());

        await redis.Connection.GetDatabase().KeyDeleteAsync(_options.KeyPrefix + "gateway:store");

        var found = await mark.ForeignAsync();
        Assert.NotNull(found);
        Assert.Equal(found, await other.ForeignAsync());
        Assert.Null(await new RedisStoreMark(redis.Connection, _options).ForeignAsync());
    }

    private static async Task UntilItLandsAsync(RedisBook book, long count, IReadOnlyList<ReadOnlyMemory<byte>> entry) => await Eventually.BecomesAsync(
        async () =>
        {
            try
            {
                return (await book.AppendAsync("acme", count, entry, Cancelled)).Appended;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        },
        landed => landed, TimeSpan.FromSeconds(30), "the append");

    private static async Task<IConnectionMultiplexer> ConnectAsync(FaultProxy proxy) =>
        await ConnectionMultiplexer.ConnectAsync(RedisConnections.Of($"127.0.0.1:{proxy.Port}"));

    private static IReadOnlyList<ReadOnlyMemory<byte>> Entry(int number) => [Encoding.UTF8.GetBytes(number.ToString(System.Globalization.CultureInfo.InvariantCulture))];
}
