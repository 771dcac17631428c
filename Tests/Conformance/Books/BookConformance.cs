using System.Globalization;
using System.Text;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>What every store of books must do.</summary>
public abstract class BookConformance
{
    /// <summary>A store whose books of the tenants named by <see cref="Tenant"/> are empty.</summary>
    protected abstract IBook Book { get; }

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Tenants of one test do not meet those of another, even in a shared store.</summary>
    protected string Tenant(string name) => name + _suffix;

    private readonly string _suffix = "-" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task A_tenant_never_seen_has_an_empty_book()
    {
        Assert.Equal(0, await Book.CountAsync(Tenant("nobody"), Cancelled));
        Assert.Empty(await Book.AllAsync(Tenant("nobody")));
    }

    [Fact]
    public async Task An_append_answers_the_count_and_can_be_read_back()
    {
        var acme = Tenant("acme");

        Assert.Equal(new AppendOutcome(true, 2), await Book.AppendAsync(acme, 0, Entries("a", "b"), Cancelled));
        Assert.Equal(new AppendOutcome(true, 3), await Book.AppendAsync(acme, 2, Entries("c"), Cancelled));

        Assert.Equal(3, await Book.CountAsync(acme, Cancelled));
        Assert.Equal(["1:a", "2:b", "3:c"], await Book.AllAsync(acme));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task An_append_that_expects_another_count_writes_nothing(long expected)
    {
        var acme = Tenant("acme");
        await Book.AppendAsync(acme, 0, Entries("a", "b"), Cancelled);

        Assert.Equal(new AppendOutcome(false, 2), await Book.AppendAsync(acme, expected, Entries("x", "y"), Cancelled));

        Assert.Equal(["1:a", "2:b"], await Book.AllAsync(acme));
    }

    [Fact]
    public async Task An_append_to_a_book_that_lost_entries_says_how_many_it_has()
    {
        Assert.Equal(new AppendOutcome(false, 0), await Book.AppendAsync(Tenant("acme"), 7, Entries("x"), Cancelled));
        Assert.Equal(0, await Book.CountAsync(Tenant("acme"), Cancelled));
    }

    [Fact]
    public async Task An_append_of_nothing_tells_whether_the_writer_is_up_to_date()
    {
        var acme = Tenant("acme");
        await Book.AppendAsync(acme, 0, Entries("a"), Cancelled);

        Assert.Equal(new AppendOutcome(true, 1), await Book.AppendAsync(acme, 1, [], Cancelled));
        Assert.Equal(new AppendOutcome(false, 1), await Book.AppendAsync(acme, 0, [], Cancelled));
        Assert.Equal(1, await Book.CountAsync(acme, Cancelled));
    }

    [Fact]
    public async Task An_append_repeated_after_an_unknown_outcome_is_done_once()
    {
        var acme = Tenant("acme");
        await Book.AppendAsync(acme, 0, Entries("a"), Cancelled);
        await Book.AppendAsync(acme, 1, Entries("b", "c"), Cancelled);

        Assert.Equal(new AppendOutcome(true, 3), await Book.AppendAsync(acme, 1, Entries("b", "c"), Cancelled));
        await Book.AppendAsync(acme, 3, Entries("d"), Cancelled);
        Assert.Equal(new AppendOutcome(true, 4), await Book.AppendAsync(acme, 1, Entries("b", "c"), Cancelled));

        Assert.Equal(["1:a", "2:b", "3:c", "4:d"], await Book.AllAsync(acme));
    }

    [Fact]
    public async Task An_append_of_which_only_the_beginning_is_there_was_somebody_elses()
    {
        var acme = Tenant("acme");
        await Book.AppendAsync(acme, 0, Entries("a", "b"), Cancelled);

        Assert.Equal(new AppendOutcome(false, 2), await Book.AppendAsync(acme, 0, Entries("a", "x"), Cancelled));
        Assert.Equal(new AppendOutcome(false, 2), await Book.AppendAsync(acme, 0, Entries("a", "b", "c"), Cancelled));
    }

    [Fact]
    public async Task Of_racing_appends_exactly_one_wins_each_count()
    {
        const int writers = 16;
        const int rounds = 20;
        var acme = Tenant("acme");

        for (var round = 0; round < rounds; round++)
        {
            var expected = round;
            var outcomes = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer =>
                Task.Run(() => Book.AppendAsync(acme, expected, Entries($"{expected} by {writer}"), Cancelled), Cancelled)));

            Assert.Equal(1, outcomes.Count(outcome => outcome.Appended));
            Assert.All(outcomes, outcome => Assert.Equal(expected + 1, outcome.Count));
        }

        Assert.Equal(rounds, (await Book.AllAsync(acme)).Count);
    }

    [Fact]
    public async Task Appends_of_many_tenants_at_once_stay_apart()
    {
        const int tenants = 50;
        const int appends = 20;

        await Task.WhenAll(Enumerable.Range(0, tenants).Select(tenant => Task.Run(
            async () =>
            {
                for (var i = 0; i < appends; i++)
                {
                    Assert.Equal(new AppendOutcome(true, i + 1), await Book.AppendAsync(Tenant($"t{tenant}"), i, Entries($"{tenant}/{i}"), Cancelled));
                }
            },
            Cancelled)));

        for (var tenant = 0; tenant < tenants; tenant++)
        {
            Assert.Equal(Enumerable.Range(0, appends).Select(i => $"{i + 1}:{tenant}/{i}"), await Book.AllAsync(Tenant($"t{tenant}")));
        }
    }

    [Theory]
    [InlineData("a", "ab")]
    [InlineData("a", "A")]
    [InlineData("a", "a}")]
    [InlineData("a", "a:head")]
    [InlineData("tenant", "tenänt")]
    public async Task Tenants_with_names_alike_have_books_of_their_own(string one, string other)
    {
        string[] tenants = [Tenant("") + one, Tenant("") + other];
        await Book.AppendAsync(tenants[0], 0, Entries("one"), Cancelled);
        await Book.AppendAsync(tenants[1], 0, Entries("other", "other"), Cancelled);

        Assert.Equal(["1:one"], await Book.AllAsync(tenants[0]));
        Assert.Equal(["1:other", "2:other"], await Book.AllAsync(tenants[1]));
    }

    [Fact]
    public async Task Entries_come_back_byte_for_byte_whatever_their_size()
    {
        var acme = Tenant("acme");
        var random = new Random(7);
        var entries = new[] { 0, 1, 255, 4096, 70_000, 1 << 20, 3 }.Select(size =>
        {
            var bytes = new byte[size];
            random.NextBytes(bytes);
            return new ReadOnlyMemory<byte>(bytes);
        }).ToList();

        await Book.AppendAsync(acme, 0, entries, Cancelled);

        var read = await Book.ReadAsync(acme, 1, Cancelled).ToListAsync(Cancelled);
        Assert.Equal(entries.Count, read.Count);
        Assert.All(read, entry => Assert.True(entry.Bytes.Span.SequenceEqual(entries[(int)entry.Seq - 1].Span)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(64, 64)]
    [InlineData(65, 65)]
    [InlineData(577, 577)]
    [InlineData(2600, 2600)]
    [InlineData(2601, null)]
    [InlineData(9999, null)]
    public async Task Reading_starts_anywhere_and_ends_at_the_end(long from, int? first)
    {
        const int count = 2600;
        var acme = Tenant("acme");
        for (var i = 0; i < count; i += 1300)
        {
            await Book.AppendAsync(Tenant("neighbour"), i / 1300, Entries("between"), Cancelled);
            await Book.AppendAsync(acme, i, Entries([.. Enumerable.Range(i + 1, 1300).Select(Text)]), Cancelled);
        }

        var read = await Book.AllAsync(acme, from);

        Assert.Equal(first is null ? [] : Enumerable.Range(first.Value, count - first.Value + 1).Select(seq => $"{seq}:{seq}"), read);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(255, true)]
    [InlineData(256, true)]
    [InlineData(257, true)]
    [InlineData(1024, true)]
    [InlineData(2600, true)]
    [InlineData(2601, false)]
    [InlineData(long.MaxValue, false)]
    [InlineData(long.MinValue, false)]
    public async Task Any_entry_is_found_by_its_number(long seq, bool found)
    {
        var acme = Tenant("acme");
        for (var i = 0; i < 2600; i += 650)
        {
            await Book.AppendAsync(Tenant("neighbour"), i / 650, Entries("between"), Cancelled);
            await Book.AppendAsync(acme, i, Entries([.. Enumerable.Range(i + 1, 650).Select(Text)]), Cancelled);
        }

        var entry = await Book.FindAsync(acme, seq, Cancelled);

        Assert.Equal(found, entry is not null);
        if (entry is { } one) Assert.Equal((seq, $"{seq}"), (one.Seq, Encoding.UTF8.GetString(one.Bytes.Span)));
        Assert.Null(await Book.FindAsync(Tenant("nobody"), seq, Cancelled));
    }

    [Fact]
    public async Task A_reader_gets_what_was_there_when_it_began()
    {
        var acme = Tenant("acme");
        await Book.AppendAsync(acme, 0, Entries([.. Enumerable.Range(1, 300).Select(Text)]), Cancelled);

        var (count, read) = (300, 0);
        await foreach (var entry in Book.ReadAsync(acme, 1, Cancelled))
        {
            read++;
            if (entry.Seq % 10 == 0) Assert.True((await Book.AppendAsync(acme, count, Entries([.. Enumerable.Range(count + 1, 30).Select(Text)]), Cancelled)).Appended);
            if (entry.Seq % 10 == 0) count += 30;
        }

        Assert.Equal((300, 1200), (read, count));
    }

    [Theory]
    [InlineData("2026-03-01T00:00:00Z", 0, 1)]
    [InlineData("2026-03-01T00:05:00Z", 0, 1)]
    [InlineData("2026-03-01T00:05:01Z", 0, 2)]
    [InlineData("2026-03-01T00:15:00Z", 0, 601)]
    [InlineData("2026-03-01T00:15:00Z", 400, 601)]
    [InlineData("2026-03-01T00:15:00Z", 700, 701)]
    [InlineData("2026-03-01T00:15:00Z", 1000, 1001)]
    [InlineData("2027-01-01T00:00:00Z", 0, 1001)]
    [InlineData("0001-01-01T00:00:00Z", 0, 1)]
    [InlineData("9999-12-31T23:59:59Z", 0, 1001)]
    public async Task A_place_is_found_by_time_with_a_margin_for_clocks(string instant, long after, long place)
    {
        var acme = Tenant("acme");
        var start = At("2026-03-01T00:00:00Z");
        var entries = Enumerable.Range(0, 1000).Select(i => new BookEntry.Voided { At = start.AddSeconds(i), Request = $"r{i}", Attempt = 1, Outcome = "ok" }.ToBytes());
        await Book.AppendAsync(acme, 0, [.. entries], Cancelled);

        Assert.Equal(place, await BookSearch.FirstSinceAsync(Book, acme, At(instant), after, 1000, Cancelled));
    }

    [Fact]
    public async Task A_reader_may_leave_early_and_others_append_while_it_reads()
    {
        var acme = Tenant("acme");
        await Book.AppendAsync(acme, 0, Entries([.. Enumerable.Range(1, 500).Select(Text)]), Cancelled);

        var count = 500;
        await foreach (var entry in Book.ReadAsync(acme, 1, Cancelled))
        {
            if (entry.Seq == 400)
            {
                break;
            }

            if (entry.Seq % 100 == 0)
            {
                Assert.True((await Book.AppendAsync(acme, count++, Entries("more"), Cancelled)).Appended);
            }
        }

        Assert.Equal(503, await Book.CountAsync(acme, Cancelled));
    }

    [Fact]
    public async Task A_call_already_cancelled_does_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Book.AppendAsync(Tenant("acme"), 0, Entries("a"), cancelled.Token));
        Assert.Equal(0, await Book.CountAsync(Tenant("acme"), Cancelled));
    }

    protected static IReadOnlyList<ReadOnlyMemory<byte>> Entries(params string[] texts) =>
        [.. texts.Select(text => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text)))];

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
