using System.Globalization;
using System.Text;
using OrleansGateway.Tests.TestKit;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>Appends of several tenants that share a script.</summary>
public sealed class RedisAppendsTests(RedisServer redis, RedisClusterNode cluster) : IClassFixture<RedisServer>, IClassFixture<RedisClusterNode>
{
    private const string Today = "2026-11-26";

    private readonly string _prefix = Guid.NewGuid().ToString("N") + ":";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_append_of_a_script_stands_or_falls_by_itself()
    {
        await AppendAsync(("stale", 0), ("torn", 0), ("late", 0));
        await Database.ListRightPopAsync(_prefix + "{t:torn}:book:" + Today);
        await Database.StringSetAsync(_prefix + "{t:head-of-another-kind}:head", "text");
        await Database.StringSetAsync(_prefix + "{t:day-of-another-kind}:book:" + Today, "text");
        await Database.HashSetAsync(_prefix + "{t:late}:head", "day", "2026-11-27");

        var answers = await AppendAsync(
            ("first", 0), ("stale", 0), ("torn", 1), ("late", 1), ("head-of-another-kind", 0), ("day-of-another-kind", 0), ("first", 1), ("last", 0));

        Assert.Equal(
            [
                new(RedisAppendVerdict.Done, 1, null),
                new(RedisAppendVerdict.Stale, 1, null),
                new(RedisAppendVerdict.Torn, 0, Today),
                new(RedisAppendVerdict.Late, 0, "2026-11-27"),
                new(RedisAppendVerdict.Refused, 0, answers[4].Text),
                new(RedisAppendVerdict.Refused, 0, answers[5].Text),
                new(RedisAppendVerdict.Done, 2, null),
                new(RedisAppendVerdict.Done, 1, null),
            ],
            answers);
        Assert.Contains("WRONGTYPE", answers[4].Text, StringComparison.Ordinal);
        Assert.Contains("WRONGTYPE", answers[5].Text, StringComparison.Ordinal);
        Assert.Equal(["1:first 0", "2:first 1"], await Book(redis.Connection).AllAsync("first"));
        Assert.Equal(["1:last 0"], await Book(redis.Connection).AllAsync("last"));
        Assert.Equal(["1:stale 0"], await Book(redis.Connection).AllAsync("stale"));
    }

    [Fact]
    public async Task Appends_that_wait_for_others_share_a_script()
    {
        await using var connection = await redis.ConnectAsync();
        var book = Book(connection);
        await Server.ExecuteAsync("CONFIG", "RESETSTAT");

        // Commands of other connections wait until this one says otherwise.
        await Server.ExecuteAsync("CLIENT", "PAUSE", 60_000, "WRITE");
        var appends = Enumerable.Range(0, 200).Select(i => book.AppendAsync($"tenant-{i}", 0, Entry("a"), Cancelled)).ToList();
        await Server.ExecuteAsync("CLIENT", "UNPAUSE");
        var outcomes = await Task.WhenAll(appends);

        Assert.All(outcomes, outcome => Assert.Equal(new AppendOutcome(true, 1), outcome));
        Assert.InRange(await ScriptsRunAsync(), 1, 20);
        for (var i = 0; i < 200; i++) Assert.Equal(["1:a"], await book.AllAsync($"tenant-{i}"));
    }

    [Fact]
    public async Task A_server_that_hangs_is_unavailable_to_all_within_the_time_of_one_append()
    {
        redis.SkipWhenMissing();
        await using var proxy = new FaultProxy(redis.Port);
        // No time-out but the book's own.
        await using var connection = await ConnectionMultiplexer.ConnectAsync(RedisConnections.Of($"127.0.0.1:{proxy.Port},asyncTimeout=60000"));
        var options = new RedisBookOptions { KeyPrefix = _prefix };
        var clock = new PauseClock(options.AppendTimeout);
        var book = new RedisBook(connection, options, clock);

        proxy.Set(NetFault.BlackHole);
        var started = clock.GetTimestamp();
        var appends = Enumerable.Range(0, 100).Select(i => book.AppendAsync($"tenant-{i}", 0, Entry("a"), Cancelled)).ToList();
        var refused = Task.WhenAll(appends.Select(append => Assert.ThrowsAsync<StoreUnavailableException>(() => append)));
        while (!refused.IsCompleted) await Task.WhenAny(refused, clock.SkipPauseAsync(Cancelled));
        await refused;

        // Each of the four that send may have begun to wait when the clock had moved on; nobody waits after them.
        Assert.InRange(clock.GetElapsedTime(started), options.AppendTimeout, 4 * options.AppendTimeout);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task In_a_cluster_each_append_goes_alone_even_where_it_does_not_show_itself_as_one(bool hidden)
    {
        var options = ConfigurationOptions.Parse(cluster.Connection.Configuration);
        if (hidden) options.CommandMap = CommandMap.Create(["CLUSTER", "HELLO", "INFO"], available: false);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        Assert.Equal(hidden ? ServerType.Standalone : ServerType.Cluster, connection.GetServers()[0].ServerType);
        var book = Book(connection);

        var server = cluster.Connection.GetServers()[0];
        await server.ExecuteAsync("CLIENT", "PAUSE", 60_000, "WRITE");
        var appends = Enumerable.Range(0, 100).Select(i => book.AppendAsync($"tenant-{i}", 0, Entry("a"), Cancelled)).ToList();
        await server.ExecuteAsync("CLIENT", "UNPAUSE");
        Assert.All(await Task.WhenAll(appends), outcome => Assert.Equal(new AppendOutcome(true, 1), outcome));

        var later = Enumerable.Range(0, 100).Select(i => book.AppendAsync($"tenant-{i}", 1, Entry("b"), Cancelled));
        Assert.All(await Task.WhenAll(later), outcome => Assert.Equal(new AppendOutcome(true, 2), outcome));
        for (var i = 0; i < 100; i++) Assert.Equal(["1:a", "2:b"], await book.AllAsync($"tenant-{i}"));
    }

    private IDatabase Database => redis.Connection.GetDatabase();

    private IServer Server => redis.Connection.GetServers()[0];

    private RedisBook Book(IConnectionMultiplexer connection) =>
        new(
            connection,
            new RedisBookOptions { KeyPrefix = _prefix, AppendTimeout = TimeSpan.FromSeconds(30) },
            new SettableClock(DateTimeOffset.Parse(Today + "T12:00:00Z", CultureInfo.InvariantCulture)));

    private Task<RedisAppendAnswer[]> AppendAsync(params (string Tenant, long Count)[] appends) => RedisAppendScript.RunAsync(
        Database, [.. appends.Select(a => new RedisAppend(a.Tenant, new RedisBookKeys(_prefix, a.Tenant), Today, a.Count, Entry($"{a.Tenant} {a.Count}"), 0))]);

    private async Task<int> ScriptsRunAsync()
    {
        // Those that the server knows already are named by their hash.
        var stats = await Server.InfoAsync("commandstats");
        return stats.SelectMany(group => group).Where(line => line.Key is "cmdstat_eval" or "cmdstat_evalsha")
            .Sum(line => int.Parse(line.Value.Split(',')[0].Split('=')[1], CultureInfo.InvariantCulture));
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Entry(string text) => [Encoding.UTF8.GetBytes(text)];
}
