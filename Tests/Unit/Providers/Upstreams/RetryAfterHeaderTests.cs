namespace OrleansGateway.Tests.Unit.Providers;

public sealed class RetryAfterHeaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("60", 60)]
    [InlineData("61", 60)]
    [InlineData("2147483647", 60)]
    [InlineData("Thu, 01 Jan 2026 00:00:09 GMT", 9)]
    [InlineData("Wed, 31 Dec 2025 23:00:00 GMT", 0)]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT", 60)]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("-5", null)]
    [InlineData("1.5", null)]
    [InlineData("5, 10", null)]
    [InlineData("99999999999", null)]
    [InlineData("soon", null)]
    public void Seconds_and_dates_are_read_within_a_minute_and_the_rest_is_as_none(string? value, int? seconds) =>
        Assert.Equal(seconds is null ? null : TimeSpan.FromSeconds(seconds.Value), RetryAfterHeader.Parse(value, Now));

    [Fact]
    public void Two_headers_are_as_none()
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Retry-After", "5");
        Assert.Equal(TimeSpan.FromSeconds(5), RetryAfterHeader.Of(response, Now));
        response.Headers.TryAddWithoutValidation("Retry-After", "10");
        Assert.Null(RetryAfterHeader.Of(response, Now));
    }
}
