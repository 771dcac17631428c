using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Reservations;

public sealed class HoldReleasesTests
{
    private const int MostWaiting = 100;
    private static readonly HoldId Hold = new("req_1", 1);

    private readonly FakeTimeProvider _time = new();
    private readonly FakeHolds _holds = new();
    private readonly ListLogger<HoldReleases> _log = new();
    private readonly HoldReleases _releases;

    public HoldReleasesTests() => _releases = new HoldReleases(_holds, new Random(7), _time, _log) { MostWaiting = MostWaiting };

    [Fact]
    public async Task A_hold_is_given_back_at_once_when_the_book_takes_it()
    {
        await _releases.ReleaseAsync("acme", Hold, "client_gone");
        Assert.Equal((Hold, PostingKind.Void, "client_gone"), (_holds.Postings.Single().Hold, _holds.Postings.Single().Kind, _holds.Postings.Single().Outcome));
    }

    [Fact]
    public async Task A_void_that_the_store_does_not_take_is_repeated_until_it_does_however_long_that_is()
    {
        Fail(500);
        await _releases.ReleaseAsync("acme", Hold, "client_gone");
        await PassAsync(TimeSpan.FromMinutes(20));
        Assert.Empty(_holds.Postings);
        var left = _holds.PostFailures.Count;
        await PassAsync(TimeSpan.FromMinutes(1));
        // Every five seconds at the latest, and after half of that at the soonest.
        Assert.InRange(left - _holds.PostFailures.Count, 12, 24);

        _holds.PostFailures.Clear();
        await PassAsync(TimeSpan.FromSeconds(6));

        Assert.Equal(Hold, _holds.Postings.Single().Hold);
        await _releases.DrainAsync(CancellationToken.None);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_hold_that_nobody_heard_of_is_given_back_a_moment_later()
    {
        _releases.ReleaseLater("acme", Hold, "not_admitted");
        Assert.Empty(_holds.Postings);
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Single(_holds.Postings);
    }

    [Fact]
    public async Task A_stop_goes_on_trying_until_it_must_end_and_tells_what_it_leaves()
    {
        Fail(3);
        _releases.ReleaseLater("acme", Hold, "not_admitted");
        var stopped = _releases.DrainAsync(CancellationToken.None);
        await PassAsync(TimeSpan.FromMilliseconds(300));
        Assert.False(stopped.IsCompleted);
        await PassAsync(TimeSpan.FromSeconds(10));
        await stopped;
        Assert.Single(_holds.Postings);

        Fail(3);
        _releases.ReleaseLater("acme", new HoldId("req_2", 1), "not_admitted");
        await _releases.DrainAsync(new CancellationToken(canceled: true));
        Assert.Equal("releases_abandoned", _log.Lines.Single().Event);
    }

    [Fact]
    public async Task As_many_holds_wait_as_may_and_the_next_is_left_to_its_deadline_with_a_word()
    {
        for (var i = 0; i <= MostWaiting; i++) _releases.ReleaseLater("acme", new HoldId($"req_{i}", 1), "not_admitted");
        Assert.Equal("release_backlog_full", _log.Lines.Single().Event);
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(MostWaiting, _holds.Postings.Count);
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++) _holds.PostFailures.Enqueue(new StoreUnavailableException("away"));
    }

    /// <summary>Moves the clock in small steps; what waits for it goes on within its moves, off the test's own context.</summary>
    private Task PassAsync(TimeSpan duration) => Task.Run(() =>
    {
        for (var passed = TimeSpan.Zero; passed < duration; passed += TimeSpan.FromMilliseconds(250)) _time.Advance(TimeSpan.FromMilliseconds(250));
    });
}
