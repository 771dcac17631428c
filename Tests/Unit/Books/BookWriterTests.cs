using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Books;

public sealed class BookWriterTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly InMemoryBook _book = new();
    private readonly TailMemory _memory = new();
    private readonly StoreHealth _health = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_append_in_doubt_is_asked_again_and_lands_once_while_nothing_more_is_taken(bool itLanded)
    {
        var (writer, _) = Writer();
        _book.FailNextAppend(itLanded ? AppendFailure.AfterItLanded : AppendFailure.BeforeItLanded);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => writer.AppendAsync(Entry(1)));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => writer.AppendAsync(Entry(2)));
        await Assert.ThrowsAsync<StoreUnavailableException>(writer.FlushAsync);
        Assert.True(_health.WritesFail);
        Assert.False(writer.Failed);
        await SettledAsync(writer);
        await writer.AppendAsync(Entry(3));

        Assert.Equal([1, 3], Requests());
        Assert.False(_health.WritesFail);
    }

    [Fact]
    public async Task Those_who_waited_behind_an_append_in_doubt_are_told_and_theirs_lands_too()
    {
        var (writer, _) = Writer();
        var gate = _book.HoldAppends();
        var first = writer.AppendAsync(Entry(1));
        var second = writer.AppendAsync(Entry(2));
        _book.FailNextAppend(AppendFailure.BeforeItLanded);
        gate.Release();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => first);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => second);
        await SettledAsync(writer);
        await writer.FlushAsync();

        Assert.Equal([1, 2], Requests());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fault_of_its_own_ends_a_writer_and_writes_nothing_twice(bool afterwards)
    {
        var (writer, _) = Writer();
        void Break(long count) => throw new InvalidOperationException("A fault.");
        if (afterwards) writer.BatchWritten = Break;
        else writer.BatchFormed = Break;

        await Assert.ThrowsAsync<StaleActivationException>(() => writer.AppendAsync(Entry(1)));
        await Assert.ThrowsAsync<StaleActivationException>(() => writer.AppendAsync(Entry(2)));
        Assert.True(writer is { Failed: true, IsIdle: true });
        Assert.Equal(afterwards ? [1] : [], Requests());
    }

    [Fact]
    public async Task Each_who_is_refused_gets_an_exception_of_its_own_and_none_has_the_stack_traces_of_all()
    {
        var (writer, _) = Writer();
        _book.FailNextAppend(AppendFailure.BeforeItLanded);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => writer.AppendAsync(Entry(1)));

        var refusals = new List<StoreUnavailableException>();
        for (var i = 0; i < 4; i++) refusals.Add(await Assert.ThrowsAsync<StoreUnavailableException>(() => i % 2 == 0 ? writer.AppendAsync(Entry(2)) : writer.FlushAsync()));

        Assert.Equal(4, refusals.Distinct().Count());
        Assert.Single(refusals.Select(refusal => refusal.Message).Distinct());
        Assert.Equal(refusals[0].StackTrace!.Split('\n').Length, refusals[2].StackTrace!.Split('\n').Length);
        Assert.Equal(refusals[1].StackTrace!.Split('\n').Length, refusals[3].StackTrace!.Split('\n').Length);
    }

    [Fact]
    public async Task A_writer_that_has_stopped_remembers_nothing_of_an_append_that_is_confirmed_after()
    {
        var (writer, tail) = Writer();
        var gate = _book.HoldAppends();
        var written = writer.AppendAsync(Entry(1));
        writer.Stop();
        tail.Forget();
        gate.Release();
        await written;

        Assert.Equal((1, 0), (writer.Count, _memory.Bytes));
    }

    [Fact]
    public async Task A_writer_whose_activation_ends_asks_no_more()
    {
        var (writer, _) = Writer();
        _book.FailNextAppend(AppendFailure.BeforeItLanded);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => writer.AppendAsync(Entry(1)));

        writer.Stop();
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(1, _book.AppendCalls);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    [InlineData(0)]
    public async Task What_the_store_lost_is_written_again_byte_for_byte_before_the_append_that_found_out(int kept)
    {
        var (writer, _) = Writer();
        for (var i = 1; i <= 5; i++) await writer.AppendAsync(Entry(i));
        var before = _book.EntriesOf("acme");
        (long, long)? replayed = null;
        writer.Replayed = (known, found) => replayed = (known, found);
        _book.Lose("acme", kept);

        await writer.AppendAsync(Entry(6));

        Assert.Equal([1, 2, 3, 4, 5, 6], Requests());
        Assert.Equal(before, _book.EntriesOf("acme").Take(5));
        Assert.Equal((5, kept), replayed);
        Assert.Equal(6, writer.Count);
    }

    [Fact]
    public async Task Two_activations_that_both_know_what_was_lost_write_it_once_and_one_of_them_goes_on()
    {
        var (one, _) = Writer();
        for (var i = 1; i <= 3; i++) await one.AppendAsync(Entry(i));
        var (two, tail) = Writer(3);
        foreach (var (entry, i) in _book.EntriesOf("acme").Select((e, i) => (e, i))) tail.Add(i + 1, entry);
        _book.Lose("acme", 1);

        await one.AppendAsync(Entry(4));
        await Assert.ThrowsAsync<StaleActivationException>(() => two.AppendAsync(Entry(5)));

        Assert.Equal([1, 2, 3, 4], Requests());
    }

    [Fact]
    public async Task More_than_is_remembered_freezes_the_book_and_keeps_what_is_known()
    {
        var (writer, _) = Writer(memory: new TailMemory(entriesPerBook: 2));
        for (var i = 1; i <= 5; i++) await writer.AppendAsync(Entry(i));
        var lost = false;
        writer.Lost = () => lost = true;
        _book.Lose("acme", 2);

        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => writer.AppendAsync(Entry(6)));

        Assert.True(fault.IsLoss);
        Assert.Contains("has 2 entries where 5 were written", fault.Message, StringComparison.Ordinal);
        Assert.Equal((true, 5, 2), (lost, writer.Count, writer.Found));
        Assert.Equal([1, 2], Requests());
        var next = await Assert.ThrowsAsync<StoreUnavailableException>(() => writer.AppendAsync(Entry(7)));
        Assert.Equal((fault.Message, true), (next.Message, next.IsLoss));
    }

    [Fact]
    public async Task A_book_that_ends_otherwise_than_was_written_is_not_written_on()
    {
        var (writer, _) = Writer();
        for (var i = 1; i <= 3; i++) await writer.AppendAsync(Entry(i));
        _book.Lose("acme", 1);
        await _book.AppendAsync("acme", 1, [Entry(9).ToBytes()], TestContext.Current.CancellationToken);

        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => writer.AppendAsync(Entry(4)));

        Assert.True(fault.IsLoss);
        Assert.Equal([1, 9], Requests());
    }

    [Fact]
    public async Task An_activation_that_was_overtaken_on_a_store_that_lost_its_entries_says_so()
    {
        var logger = new ListLogger<BookWriterTests>();
        var tail = new BookTail(_memory);
        var writer = TestBooks.Writer(_book, _time, tail: tail, health: _health, logger: logger);
        for (var i = 1; i <= 3; i++) await writer.AppendAsync(Entry(i));
        _book.Lose("acme", 1);
        await _book.AppendAsync("acme", 1, [Entry(8).ToBytes(), Entry(9).ToBytes(), Entry(10).ToBytes()], TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<StaleActivationException>(() => writer.AppendAsync(Entry(4)));

        Assert.Contains(logger.Lines, line => line.Event == "rollback_overwritten");
    }

    [Fact]
    public void A_tail_keeps_the_newest_within_its_bounds_and_all_tails_together_within_theirs()
    {
        var memory = new TailMemory(entriesPerBook: 300, bytesPerBook: 1_000, bytesInAll: 1_500);
        var (one, two) = (new BookTail(memory), new BookTail(memory));
        for (var i = 1; i <= 500; i++) one.Add(i, new byte[2]);
        Assert.Equal((201, 500, 600), (one.FirstSeq, one.LastSeq, one.Bytes));

        two.Add(1, new byte[999]);
        Assert.Equal(1_599, memory.Bytes);
        one.Add(501, new byte[2]);
        Assert.Equal((252, 1_499), (one.FirstSeq, memory.Bytes));

        two.Add(2, new byte[5_000]);
        Assert.Equal((2, 2), (two.FirstSeq, two.LastSeq));
        two.Add(9, new byte[1]);
        Assert.Equal((9, 9, 1), (two.FirstSeq, two.LastSeq, two.Bytes));
        one.Forget();
        two.Forget();
        Assert.Equal(0, memory.Bytes);
    }

    private (BookWriter Writer, BookTail Tail) Writer(long count = 0, TailMemory? memory = null)
    {
        var tail = new BookTail(memory ?? _memory);
        return (TestBooks.Writer(_book, _time, count, tail, _health), tail);
    }

    private async Task SettledAsync(BookWriter writer)
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        writer.BatchWritten = _ => settled.TrySetResult();
        // Callers may hear of the doubt before its pause begins.
        while (!settled.Task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private int[] Requests() =>
        [.. _book.EntriesOf("acme").Select((bytes, i) => int.Parse(
            ((BookEntry.OfHold)BookEntry.Parse(new RawEntry(i + 1, bytes))).Request, System.Globalization.CultureInfo.InvariantCulture))];

    private static BookEntry.Voided Entry(int request) => new()
    {
        At = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        Request = request.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Attempt = 1,
        Outcome = "test",
    };
}
