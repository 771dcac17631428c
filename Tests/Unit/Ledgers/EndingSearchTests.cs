using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Ledgers;

/// <summary>How a hold ended is found in the book, and many who ask do not read it many times.</summary>
public sealed class EndingSearchTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TaskFactory _turns = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private readonly CountingBook _book = new(new InMemoryBook());
    private readonly List<string> _requests = [];

    [Fact]
    public async Task Many_who_ask_share_two_readings()
    {
        var search = await FilledAsync(2_000);
        HoldId[] holds = [.. _requests.Take(1_000).Select(request => new HoldId(request, 1)), new HoldId(RequestIdFormat.New(Start), 1)];

        var endings = await FindAsync(search, holds);

        Assert.All(endings[..^1], ending => Assert.IsType<BookEntry.Voided>(ending));
        Assert.Null(endings[^1]);
        Assert.InRange(_book.Reads, 1, 2 * 2_100);
    }

    [Fact]
    public async Task It_reads_from_where_the_request_came_in()
    {
        var search = await FilledAsync(20_000);

        var ending = Assert.Single(await FindAsync(search, new HoldId(_requests[^1], 1)));

        Assert.Equal(_requests[^1], ending?.Request);
        // Five minutes of an entry a second for clocks that are apart, and the probes.
        Assert.InRange(_book.Reads, 1, 350);
    }

    [Fact]
    public async Task After_a_reading_that_failed_the_next_one_succeeds()
    {
        var lost = true;
        await FilledAsync(10);
        var search = new EndingSearch(_book, "acme", () => lost ? throw new StoreUnavailableException("away") : 10, () => Task.CompletedTask);
        var hold = new HoldId(_requests[3], 1);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => FindAsync(search, hold));

        lost = false;
        Assert.NotNull(Assert.Single(await FindAsync(search, hold)));
    }

    [Fact]
    public async Task Entries_that_are_damaged_are_passed_over()
    {
        ReadOnlyMemory<byte> damaged = "not an entry"u8.ToArray();
        Assert.True((await _book.AppendAsync("acme", 0, [damaged], TestContext.Current.CancellationToken)).Appended);
        await FilledAsync(10, after: 1);
        Assert.True((await _book.AppendAsync("acme", 11, [damaged], TestContext.Current.CancellationToken)).Appended);
        await FilledAsync(10, after: 12);

        var endings = await FindAsync(new EndingSearch(_book, "acme", () => 22, () => Task.CompletedTask), [.. _requests.Select(request => new HoldId(request, 1))]);

        Assert.Equal(_requests, endings.Select(ending => ending?.Request));
    }

    /// <summary>All asked together, in turns as a grain's are.</summary>
    private Task<BookEntry.OfHold?[]> FindAsync(EndingSearch search, params HoldId[] holds) => _turns.StartNew(() => Task.WhenAll(holds.Select(search.FindAsync))).Unwrap();

    /// <summary>A book of voids, one a second.</summary>
    private async Task<EndingSearch> FilledAsync(int entries, int after = 0)
    {
        var bytes = new List<ReadOnlyMemory<byte>>();
        for (var i = 0; i < entries; i++)
        {
            var at = Start.AddSeconds(after + i);
            _requests.Add(RequestIdFormat.New(at));
            bytes.Add(new BookEntry.Voided { At = at, Request = _requests[^1], Attempt = 1, Outcome = "not_admitted" }.ToBytes());
        }
        Assert.True((await _book.AppendAsync("acme", after, bytes, TestContext.Current.CancellationToken)).Appended);
        return new EndingSearch(_book, "acme", () => entries, () => Task.CompletedTask);
    }
}
