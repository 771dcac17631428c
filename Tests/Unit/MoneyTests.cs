using System.Text.Json;
using CsCheck;

namespace OrleansGateway.Tests.Unit;

public sealed class MoneyTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.000264", 264_000)]
    [InlineData("0.000000001", 1)]
    [InlineData("-12.5", -12_500_000_000)]
    public void An_amount_is_whole_nano_dollars(string usd, long nano)
    {
        var money = Money.FromUsd(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(nano, money.NanoDollars);
        Assert.Equal(usd, money.ToString());
    }

    [Fact]
    public void More_decimals_than_nine_are_refused_rather_than_rounded() => Assert.Throws<ArgumentException>(() => Money.FromUsd(0.0000000001m));

    [Fact]
    public void Sums_that_leave_the_range_throw() => Assert.Throws<OverflowException>(() => Money.MaxValue + new Money(1));

    [Fact]
    public void Json_keeps_every_nano_dollar() =>
        Gen.Long.Sample(nano => JsonSerializer.Deserialize<Money>(JsonSerializer.Serialize(new Money(nano))) == new Money(nano));

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("1e30")]
    [InlineData("0.0000000001")]
    [InlineData("null")]
    public void Json_that_is_no_amount_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Money>(json));
}
