namespace OrleansGateway.Tests.Unit.Tenants;

/// <summary>Receipts are remembered for those who ask again, and no longer.</summary>
public sealed class ClosedHoldsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ClosedHolds _closed = new();

    [Fact]
    public void A_receipt_is_told_for_two_minutes_of_the_books_time()
    {
        _closed.Remember(Hold(1), Receipt(1), Noon);
        _closed.Remember(Hold(2), Receipt(2), Noon + ClosedHolds.Kept);
        Assert.True(_closed.TryFind(Hold(1), out var receipt));
        Assert.Equal(Receipt(1), receipt);

        _closed.Remember(Hold(3), Receipt(3), Noon + ClosedHolds.Kept + TimeSpan.FromMilliseconds(1));
        Assert.False(_closed.TryFind(Hold(1), out _));
        Assert.True(_closed.TryFind(Hold(2), out _));
    }

    [Fact]
    public void A_clock_that_goes_back_forgets_nothing()
    {
        _closed.Remember(Hold(1), Receipt(1), Noon);
        _closed.Remember(Hold(2), Receipt(2), Noon - TimeSpan.FromHours(1));
        Assert.True(_closed.TryFind(Hold(1), out _));
        Assert.True(_closed.TryFind(Hold(2), out _));
    }

    [Fact]
    public void The_newest_ending_of_a_hold_counts()
    {
        _closed.Remember(Hold(1), Receipt(1), Noon);
        _closed.Remember(Hold(1), Receipt(2), Noon);
        Assert.True(_closed.TryFind(Hold(1), out var receipt));
        Assert.Equal(Receipt(2), receipt);
    }

    [Fact]
    public void There_are_never_more_than_fit()
    {
        for (var i = 0; i <= ClosedHolds.Capacity; i++) _closed.Remember(Hold(i), Receipt(i), Noon);
        Assert.False(_closed.TryFind(Hold(0), out _));
        Assert.True(_closed.TryFind(Hold(1), out _));
        Assert.True(_closed.TryFind(Hold(ClosedHolds.Capacity), out _));
    }

    private static HoldId Hold(int number) => new($"req_{number}", 1);

    private static PostingReceipt Receipt(int nanoDollars) => new(new Money(nanoDollars), Money.Zero);
}
