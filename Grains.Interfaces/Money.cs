using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// An amount in whole nano-dollars (10⁻⁹ USD). Exact: sums never round, and one posting rounds up once.
/// In JSON it is a number of US dollars with all its decimals. Arithmetic that leaves the range of an
/// <see cref="long"/> (about ±9.2 billion dollars) throws <see cref="OverflowException"/>.
/// </summary>
[GenerateSerializer, Immutable, Alias("money"), JsonConverter(typeof(MoneyJsonConverter))]
public readonly record struct Money([property: Id(0)] long NanoDollars) : IComparable<Money>
{
    private const decimal NanoDollarsPerDollar = 1_000_000_000m;

    /// <summary>Nothing.</summary>
    public static readonly Money Zero;

    /// <summary>More than any budget.</summary>
    public static readonly Money MaxValue = new(long.MaxValue);

    /// <summary>The amount in US dollars, with up to nine decimals.</summary>
    public decimal Usd => NanoDollars / NanoDollarsPerDollar;

    /// <summary>Whether the amount is below zero.</summary>
    public bool IsNegative => NanoDollars < 0;

    /// <summary>An amount of US dollars; throws <see cref="OverflowException"/> out of range, <see cref="ArgumentException"/> below a nano-dollar's precision.</summary>
    public static Money FromUsd(decimal usd)
    {
        var nano = usd * NanoDollarsPerDollar;
        return nano == decimal.Truncate(nano)
            ? new Money(decimal.ToInt64(nano))
            : throw new ArgumentException("An amount has at most nine decimals.", nameof(usd));
    }

    /// <summary>The smaller of two amounts.</summary>
    public static Money Min(Money a, Money b) => a <= b ? a : b;

    /// <summary>The larger of two amounts.</summary>
    public static Money Max(Money a, Money b) => a >= b ? a : b;

    /// <inheritdoc/>
    public int CompareTo(Money other) => NanoDollars.CompareTo(other.NanoDollars);

    /// <summary>The amount in dollars, without a currency sign: <c>0.000264</c>.</summary>
    public override string ToString() => Usd.ToString(CultureInfo.InvariantCulture);

    /// <summary>Checked sum.</summary>
    public static Money operator +(Money a, Money b) => new(checked(a.NanoDollars + b.NanoDollars));

    /// <summary>Checked difference.</summary>
    public static Money operator -(Money a, Money b) => new(checked(a.NanoDollars - b.NanoDollars));

    /// <summary>Compares amounts.</summary>
    public static bool operator <(Money a, Money b) => a.NanoDollars < b.NanoDollars;

    /// <summary>Compares amounts.</summary>
    public static bool operator >(Money a, Money b) => a.NanoDollars > b.NanoDollars;

    /// <summary>Compares amounts.</summary>
    public static bool operator <=(Money a, Money b) => a.NanoDollars <= b.NanoDollars;

    /// <summary>Compares amounts.</summary>
    public static bool operator >=(Money a, Money b) => a.NanoDollars >= b.NanoDollars;
}

/// <summary>Reads and writes <see cref="Money"/> as a JSON number of US dollars.</summary>
public sealed class MoneyJsonConverter : JsonConverter<Money>
{
    /// <inheritdoc/>
    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (!ExactDecimalJsonConverter.TryRead(ref reader, out var usd)) throw new JsonException("An amount is a number of US dollars.");
        try
        {
            return Money.FromUsd(usd);
        }
        catch (Exception e) when (e is OverflowException or ArgumentException)
        {
            throw new JsonException("An amount has at most nine decimals and is below nine billion dollars.", e);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteNumberValue(value.Usd);
    }
}
