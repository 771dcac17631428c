using System.Globalization;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Ledgers;

/// <summary>Pages of a long ledger: what is read for them, and what is on them.</summary>
public sealed class LedgerPagesTests
{
    private const int Entries = 40_000;
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly CountingBook _book = new(new InMemoryBook());

    [Theory]
    [InlineData(0, 100)]
    [InlineData(20_000, 100)]
    [InlineData(39_950, 50)]
    [InlineData(50_000, 0)]
    public async Task A_page_from_an_instant_on_reads_little_more_than_the_page(int fromSecond, int lines)
    {
        await FillAsync();

        var page = await PageAsync(from: fromSecond);

        Assert.Equal(lines, page.Entries.Length);
        if (lines > 0) Assert.Equal(fromSecond + 1, page.Entries[0].Seq);
        Assert.Equal(Entries, page.BookCount);
        // Five minutes of an entry a second for clocks that are apart, and the probes.
        Assert.InRange(_book.Reads, 1, 450);
    }

    [Fact]
    public async Task Pages_between_two_instants_are_whole_and_end_there()
    {
        await FillAsync();
        var seqs = new List<long>();
        string? cursor = null;
        do
        {
            var page = await PageAsync(10_000, 10_250, cursor);
            seqs.AddRange(page.Entries.Select(line => line.Seq));
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(10_001, 250).Select(seq => (long)seq), seqs);
        Assert.InRange(_book.Reads, 1, 2_500);
    }

    [Fact]
    public async Task A_silo_whose_clock_is_behind_by_less_than_the_margin_loses_no_line()
    {
        var random = new Random(5);
        await FillAsync(i => Start.AddSeconds(i - random.Next(0, 299)));

        var found = await PageAsync(15_000, 15_100, limit: 1_000);

        var all = new List<LedgerEntry>();
        for (string? cursor = null; ;)
        {
            var page = await LedgerReader.PageAsync(_book, "acme", null, null, cursor, 1_000);
            all.AddRange(page.Entries);
            if ((cursor = page.NextCursor) is null) break;
        }
        Assert.Equal(all.Where(line => line.At >= Start.AddSeconds(15_000) && line.At < Start.AddSeconds(15_100)).Select(line => line.Seq), found.Entries.Select(line => line.Seq));
        Assert.True(found.Entries.Length > 50);
    }

    [Theory]
    [InlineData("40000")]
    [InlineData("9223372036854775807")]
    public async Task A_cursor_at_or_past_the_end_gives_an_empty_last_page(string cursor)
    {
        await FillAsync();
        var page = await PageAsync(0, cursor: cursor);
        Assert.Empty(page.Entries);
        Assert.Null(page.NextCursor);
    }

    private Task<LedgerPage> PageAsync(int from, int? until = null, string? cursor = null, int limit = 100) =>
        LedgerReader.PageAsync(_book, "acme", Start.AddSeconds(from), until is { } end ? Start.AddSeconds(end) : null, cursor, limit);

    private async Task FillAsync(Func<int, DateTimeOffset>? at = null)
    {
        at ??= i => Start.AddSeconds(i);
        var entries = Enumerable.Range(0, Entries).Select(i =>
            new BookEntry.Voided { At = at(i), Request = "r" + i.ToString(CultureInfo.InvariantCulture), Attempt = 1, Outcome = "ok" }.ToBytes());
        Assert.True((await _book.AppendAsync("acme", 0, [.. entries], TestContext.Current.CancellationToken)).Appended);
        _book.Reads = 0;
    }
}
