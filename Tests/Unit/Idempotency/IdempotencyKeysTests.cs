namespace OrleansGateway.Tests;

/// <summary>How much of a tenant's keys is in memory.</summary>
public sealed class IdempotencyKeysTests
{
    private const int Capacity = 10;
    private static readonly DateTimeOffset Noon = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    private readonly IdempotencyKeys _keys = new(Capacity);

    [Fact]
    public void Of_answered_keys_the_newest_are_here_and_the_others_are_told_by_their_answers()
    {
        Assert.False(_keys.NeedsRecall("k0", Noon));
        for (var i = 0; i < 100; i++) Answer($"k{i}", Noon.AddSeconds(i));

        Assert.Equal(Capacity, _keys.Count);
        Assert.True(_keys.NeedsRecall("k0", Noon.AddSeconds(100)));
        Assert.True(_keys.NeedsRecall("never seen", Noon.AddSeconds(100)));
        Assert.False(_keys.NeedsRecall("k99", Noon.AddSeconds(100)));
    }

    [Fact]
    public void A_day_after_the_last_one_was_dropped_everything_is_here_again()
    {
        for (var i = 0; i <= Capacity; i++) Answer($"k{i}", Noon.AddSeconds(i));

        Assert.True(_keys.NeedsRecall("k0", Noon.AddHours(24).AddTicks(-1)));
        Assert.False(_keys.NeedsRecall("k0", Noon.AddHours(24)));
    }

    [Fact]
    public void Keys_that_are_open_or_were_ever_in_doubt_are_all_here()
    {
        for (var i = 0; i < 50; i++) Follow($"open{i}", Noon);
        for (var i = 0; i < 50; i++)
        {
            var (calls, hold) = Follow($"doubt{i}", Noon);
            calls.Suspend(hold);
            _keys.Close(calls, hold, new PostingReceipt(Money.FromUsd(1), Money.Zero));
        }
        for (var i = 0; i < 50; i++) Answer($"plain{i}", Noon);

        Assert.Equal(100 + Capacity, _keys.Count);
        for (var i = 0; i < 50; i++)
        {
            Assert.False(_keys.NeedsRecall($"open{i}", Noon));
            Assert.False(_keys.NeedsRecall($"doubt{i}", Noon));
        }
    }

    [Fact]
    public void Keys_that_are_over_leave_the_memory()
    {
        for (var i = 0; i < 999; i++) Void($"k{i}", Noon);
        Assert.Equal(0, _keys.Count);
        for (var i = 0; i < Capacity; i++) Answer($"k{i}", Noon);
        for (var i = 0; i < 1_000; i++) Void($"k{i}", Noon.AddHours(25));
        Assert.Equal(0, _keys.Count);
    }

    private void Answer(string key, DateTimeOffset at)
    {
        var (calls, hold) = Follow(key, at);
        _keys.Close(calls, hold, new PostingReceipt(Money.FromUsd(1), Money.Zero));
    }

    private void Void(string key, DateTimeOffset at)
    {
        var (calls, hold) = Follow(key, at);
        _keys.Close(calls, hold, null);
    }

    private (KeyedCalls Calls, HoldId Hold) Follow(string key, DateTimeOffset at)
    {
        var held = new BookEntry.Held
        {
            At = at,
            Request = $"req_{key}",
            Attempt = 1,
            Amount = Money.FromUsd(2),
            Deadline = at,
            InputTokens = 1,
            OutputTokens = 1,
            Choices = 1,
            IdempotencyKey = key,
            Fingerprint = "f",
        };
        return (_keys.Follow(held, at)!, held.Hold);
    }
}
