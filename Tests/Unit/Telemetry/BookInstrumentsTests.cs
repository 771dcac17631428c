using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Telemetry;

public sealed class BookInstrumentsTests : IDisposable
{
    private readonly GatewayMeter _meter = new();
    private readonly Measurements _measured;
    private readonly InMemoryBook _book = new();
    private readonly BookWriter _writer;

    public BookInstrumentsTests()
    {
        _measured = new Measurements(_meter);
        _writer = TestBooks.Writer(_book, new FakeTimeProvider(), tail: new BookTail(new TailMemory(entriesPerBook: 1)), instruments: new BookInstruments(_meter));
    }

    public void Dispose()
    {
        _measured.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task An_append_is_measured_with_the_entries_that_share_it()
    {
        await _writer.AppendAsync(Entry(1), Entry(2));
        Assert.Equal((1, 2), (_measured.Of("gateway.book.append.duration#{gateway.outcome=appended}"), _measured.Of("gateway.book.append.entries")));
        Labels.AreOfTheTable(_measured);
    }

    [Fact]
    public async Task A_store_that_lost_entries_is_seen_though_it_had_lost_none_before()
    {
        _measured.Observe();
        Assert.True(_measured.All.ContainsKey("gateway.book.losses"));
        Assert.Equal(0, _measured.Of("gateway.book.losses"));

        await _writer.AppendAsync(Entry(1), Entry(2));
        // More than is remembered: it is not written again.
        _book.Lose("acme", 0);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _writer.AppendAsync(Entry(3)));
        _measured.Observe();
        Assert.Equal((1, 1), (_measured.Of("gateway.book.losses"), _measured.Of("gateway.book.append.duration#{gateway.outcome=lost}")));
    }

    [Fact]
    public async Task An_append_behind_another_activations_is_stale()
    {
        await _book.AppendAsync("acme", 0, [Entry(9).ToBytes()], TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<StaleActivationException>(() => _writer.AppendAsync(Entry(1)));
        Assert.Equal(1, _measured.Of("gateway.book.append.duration#{gateway.outcome=stale}"));
    }

    private static BookEntry.Voided Entry(int number) => new() { At = DateTimeOffset.UnixEpoch, Request = $"req_{number}", Attempt = 1, Outcome = "ok" };
}
