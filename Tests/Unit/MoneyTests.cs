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
    [InlineData("1.5000000000000000000000000000000000000000", 1_500_000_000)]
    [InlineData("0.00000000000000000000000000000000000", 0)]
    [InlineData("-0.000000001", -1)]
    [InlineData("1e-9", 1)]
    [InlineData("1000000E-9", 1_000_000)]
    [InlineData("1.25e+1", 12_500_000_000)]
    [InlineData("100", 100_000_000_000)]
    public void Json_may_write_an_amount_in_any_way(string json, long nano) => Assert.Equal(nano, JsonSerializer.Deserialize<Money>(json).NanoDollars);

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("1e30")]
    [InlineData("0.0000000001")]
    [InlineData("0.00000000000000000000000000000000000001")]
    [InlineData("1.00000000000000000000000000000000000001")]
    [InlineData("1e-40")]
    [InlineData("1e-99999999999")]
    [InlineData("null")]
    public void Json_that_is_no_amount_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Money>(json));
}
