namespace OrleansGateway.Tests.Unit.Tenants;

/// <summary>Receipts are remembered for those who ask again, as many as fit.</summary>
public sealed class ClosedHoldsTests
{
    private readonly ClosedHolds _closed = new();

    [Fact]
    public void The_newest_ending_of_a_hold_counts()
    {
        _closed.Remember(Hold(1), Receipt(1));
        _closed.Remember(Hold(1), Receipt(2));
        Assert.True(_closed.TryFind(Hold(1), out var receipt));
        Assert.Equal(Receipt(2), receipt);
    }

    [Fact]
    public void There_are_never_more_than_fit()
    {
        for (var i = 0; i <= ClosedHolds.Capacity; i++) _closed.Remember(Hold(i), Receipt(i));
        Assert.False(_closed.TryFind(Hold(0), out _));
        Assert.True(_closed.TryFind(Hold(1), out _));
        Assert.True(_closed.TryFind(Hold(ClosedHolds.Capacity), out _));
    }

    private static HoldId Hold(int number) => new($"req_{number}", 1);

    private static PostingReceipt Receipt(int nanoDollars) => new(new Money(nanoDollars), Money.Zero);
}
