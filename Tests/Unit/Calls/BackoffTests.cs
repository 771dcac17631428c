namespace OrleansGateway.Tests;

public sealed class BackoffTests
{
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 200)]
    [InlineData(5, 3_200)]
    [InlineData(6, 5_000)]
    [InlineData(63, 5_000)]
    [InlineData(int.MaxValue, 5_000)]
    public void Each_pause_is_twice_the_one_before_up_to_the_longest(int repeat, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Pauses.Before(repeat));

    [Fact]
    public void The_longest_is_the_longest_even_for_the_first() =>
        Assert.Equal(TimeSpan.FromSeconds(1), new Backoff(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)).Before(0));

    [Fact]
    public void A_random_half_of_it_may_be_left_out()
    {
        var random = new Random(7);
        var pauses = Enumerable.Range(0, 1_000).Select(_ => Pauses.Before(2, random).TotalMilliseconds).ToList();
        Assert.InRange(pauses.Min(), 200, 205);
        Assert.InRange(pauses.Max(), 395, 400);
    }
}
