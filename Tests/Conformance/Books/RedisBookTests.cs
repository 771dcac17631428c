using System.Globalization;
using System.Text;
using OrleansGateway.Tests.TestKit;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Conformance.Books;

public sealed class RedisBookTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private readonly string _prefix = Guid.NewGuid().ToString("N") + ":";
    private readonly SettableClock _clock = new(At("2026-11-23T23:59:00Z"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_day_gets_a_list_of_its_own_and_the_book_goes_on()
    {
        var book = Book();
        await book.AppendAsync("acme", 0, Entries("a", "b"), Cancelled);
        _clock.Now = At("2026-11-24T00:00:01Z");
        await book.AppendAsync("acme", 2, Entries("c"), Cancelled);

        Assert.Equal(["1:a", "2:b", "3:c"], await book.AllAsync("acme"));
        Assert.Equal(["2:b", "3:c"], await book.AllAsync("acme", 2));
        Assert.Equal(["3:c"], await book.AllAsync("acme", 3));
        Assert.Equal(2, await Database.ListLengthAsync(_prefix + "{t:acme}:book:2026-11-23"));
        Assert.Equal(1, await Database.ListLengthAsync(_prefix + "{t:acme}:book:2026-11-24"));
        Assert.Null(await Database.KeyTimeToLiveAsync(_prefix + "{t:acme}:book:2026-11-23"));
    }

    [Fact]
    public async Task When_a_clock_goes_back_a_day_the_book_does_not()
    {
        var book = Book();
        await book.AppendAsync("acme", 0, Entries("a"), Cancelled);
        _clock.Now = At("2026-11-24T12:00:00Z");
        await book.AppendAsync("acme", 1, Entries("b"), Cancelled);
        _clock.Now = At("2026-11-23T12:00:00Z");
        Assert.Equal(new AppendOutcome(true, 3), await book.AppendAsync("acme", 2, Entries("c"), Cancelled));
        _clock.Now = At("2026-11-25T12:00:00Z");
        await book.AppendAsync("acme", 3, Entries("d"), Cancelled);

        Assert.Equal(["1:a", "2:b", "3:c", "4:d"], await book.AllAsync("acme"));
        Assert.Equal(2, await Database.ListLengthAsync(_prefix + "{t:acme}:book:2026-11-24"));
    }

    [Fact]
    public async Task A_server_that_forgot_the_script_is_told_it_again()
    {
        var book = Book();
        await book.AppendAsync("acme", 0, Entries("a"), Cancelled);
        await Server.ScriptFlushAsync();

        Assert.Equal(new AppendOutcome(true, 2), await book.AppendAsync("acme", 1, Entries("b"), Cancelled));
        Assert.Equal(["1:a", "2:b"], await book.AllAsync("acme"));
    }

    [Theory]
    [InlineData("2026-11-23")]
    [InlineData("2026-11-24")]
    public async Task A_day_that_disappeared_is_noticed_by_readers(string day)
    {
        var book = await TwoDaysAsync();
        await Database.KeyDeleteAsync($"{_prefix}{{t:acme}}:book:{day}");

        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AllAsync("acme"));

        Assert.Contains("'acme'", fault.Message, StringComparison.Ordinal);
        Assert.Contains(day, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_day_cut_short_is_noticed_by_readers_and_writers()
    {
        var book = await TwoDaysAsync();
        await Database.ListRightPopAsync(_prefix + "{t:acme}:book:2026-11-24");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AllAsync("acme"));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 4, Entries("e"), Cancelled));
        Assert.Equal(4, await book.CountAsync("acme", Cancelled));
    }

    [Fact]
    public async Task A_lost_head_does_not_make_a_fresh_book_on_top_of_old_entries()
    {
        var book = await TwoDaysAsync();
        await Database.KeyDeleteAsync(_prefix + "{t:acme}:head");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 0, Entries("a"), Cancelled));
    }

    [Theory]
    [InlineData("count", "many")]
    [InlineData("2026-11-23", "first")]
    [InlineData("2026-11-23", "2")]
    public async Task A_head_that_makes_no_sense_is_a_lost_store(string field, string value)
    {
        var book = await TwoDaysAsync();
        await Database.HashSetAsync(_prefix + "{t:acme}:head", field, value);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AllAsync("acme"));
        if (field == "count")
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("acme", Cancelled));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 4, Entries("e"), Cancelled));
        }
    }

    [Fact]
    public async Task A_key_of_another_kind_is_a_store_that_is_unavailable()
    {
        await Database.StringSetAsync(_prefix + "{t:acme}:head", "not a hash");
        var book = Book();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 0, Entries("a"), Cancelled));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("acme", Cancelled));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AllAsync("acme"));
    }

    [Fact]
    public async Task More_entries_than_a_script_can_unpack_at_once_go_in_whole()
    {
        var texts = Enumerable.Range(1, 12_345).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToArray();
        var book = Book();

        Assert.Equal(new AppendOutcome(true, texts.Length), await book.AppendAsync("acme", 0, Entries(texts), Cancelled));

        Assert.Equal(texts.Select(text => $"{text}:{text}"), await book.AllAsync("acme"));
    }

    [Fact]
    public async Task An_append_whose_answer_is_lost_is_asked_again_and_lands_once()
    {
        redis.SkipWhenMissing();
        await using var proxy = new FaultProxy(redis.Port);
        await using var connection = await redis.ConnectAsync(proxy.Port);
        var book = new RedisBook(connection, Options(TimeSpan.FromSeconds(30)), _clock);
        await book.AppendAsync("acme", 0, Entries("a"), Cancelled);

        proxy.LoseNextReplyTo("EVALSHA");
        Assert.Equal(new AppendOutcome(true, 3), await book.AppendAsync("acme", 1, Entries("b", "c"), Cancelled));

        Assert.Equal(1, proxy.RepliesLost);
        Assert.Equal(["1:a", "2:b", "3:c"], await Book().AllAsync("acme"));
    }

    [Fact]
    public async Task Unsafe_settings_are_found_one_by_one()
    {
        redis.SkipWhenMissing();
        Assert.True((await RedisSafety.CheckAsync(ConfigurationOptions.Parse(redis.Endpoint))).IsSafe);
        try
        {
            await Server.ConfigSetAsync("appendfsync", "everysec");
            await Server.ConfigSetAsync("maxmemory-policy", "allkeys-lru");

            var report = await RedisSafety.CheckAsync(ConfigurationOptions.Parse(redis.Endpoint));

            Assert.Equal(
                [new("127.0.0.1:" + redis.Port, "appendfsync", "everysec", "always"), new("127.0.0.1:" + redis.Port, "maxmemory-policy", "allkeys-lru", "noeviction")],
                report.Faults);
            Assert.False(report.IsSafe);
        }
        finally
        {
            await Server.ConfigSetAsync("appendfsync", "always");
            await Server.ConfigSetAsync("maxmemory-policy", "noeviction");
        }
    }

    [Fact]
    public async Task A_server_that_forbids_the_question_could_not_be_checked()
    {
        await Server.ExecuteAsync("ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-config");
        var options = ConfigurationOptions.Parse(redis.Endpoint);
        options.User = "limited";
        options.Password = "secret";

        var report = await RedisSafety.CheckAsync(options);

        Assert.Empty(report.Faults);
        Assert.Contains("could not be checked", report.NotChecked, StringComparison.Ordinal);
        Assert.False(report.IsSafe);
    }

    [Fact]
    public async Task It_tells_what_time_it_is()
    {
        redis.SkipWhenMissing();
        var clock = new RedisClock(redis.Connection, Options(TimeSpan.FromSeconds(30)));
        var before = await Server.TimeAsync();

        var now = await clock.NowAsync();

        Assert.InRange(now.UtcDateTime, before, await Server.TimeAsync());
    }

    private IDatabase Database => redis.Connection.GetDatabase();

    private IServer Server => redis.Connection.GetServers()[0];

    private RedisBook Book() => new(redis.Connection, Options(TimeSpan.FromSeconds(30)), _clock);

    private RedisBookOptions Options(TimeSpan appendTimeout) => new() { KeyPrefix = _prefix, AppendTimeout = appendTimeout };

    private async Task<RedisBook> TwoDaysAsync()
    {
        var book = Book();
        await book.AppendAsync("acme", 0, Entries("a", "b"), Cancelled);
        _clock.Now = At("2026-11-24T12:00:00Z");
        await book.AppendAsync("acme", 2, Entries("c", "d"), Cancelled);
        return book;
    }

    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);

    private static IReadOnlyList<ReadOnlyMemory<byte>> Entries(params string[] texts) =>
        [.. texts.Select(text => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text)))];
}
