using System.Globalization;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

public sealed class BookHistoryTests(RedisServer redis) : IClassFixture<RedisServer>
{
    [Fact]
    public async Task The_embedded_store_does_what_the_model_does_however_often_it_is_opened_anew()
    {
        using var folder = new TempFolder();
        var options = new SqliteStoreOptions { DataDirectory = folder.Path, Durability = EmbeddedDurability.ProcessCrash };
        var store = new SqliteStore(options);
        try
        {
            await BookHistories.CheckAsync(
                () => new SqliteBook(store),
                () =>
                {
                    store.Dispose();
                    store = new SqliteStore(options);
                    return Task.CompletedTask;
                },
                histories: 150);
        }
        finally
        {
            store.Dispose();
        }
    }

    [Fact]
    public async Task Redis_does_what_the_model_does_whichever_day_it_is()
    {
        var clock = new SettableClock(DateTimeOffset.Parse("2026-11-23T12:00:00Z", CultureInfo.InvariantCulture));
        var calendar = new Random(11);
        var book = new RedisBook(redis.Connection, new RedisBookOptions { KeyPrefix = "histories:", AppendTimeout = TimeSpan.FromSeconds(30) }, clock);

        await BookHistories.CheckAsync(
            () => book,
            () =>
            {
                clock.Now += TimeSpan.FromHours(calendar.Next(-24, 60));
                return Task.CompletedTask;
            },
            histories: 100);
    }
}
