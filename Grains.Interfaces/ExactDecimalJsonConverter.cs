using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Reads and writes decimals as JSON numbers; a number with more digits than a decimal holds is refused where others would round it.</summary>
public sealed class ExactDecimalJsonConverter : JsonConverter<decimal>
{
    /// <summary>The number at the reader; false when it is none, or one that a decimal does not hold exactly.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out decimal number)
    {
        number = 0;
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDecimal(out number)) return false;
        return DecimalsOf(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan) <= number.Scale;
    }

    /// <inheritdoc/>
    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TryRead(ref reader, out var number) ? number : throw new JsonException("A number of at most 28 digits.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteNumberValue(value);
    }

    // Zeros at the end not counted; below zero when whole tens are left.
    private static long DecimalsOf(ReadOnlySpan<byte> number)
    {
        var e = number.IndexOfAny("eE"u8);
        var digits = e < 0 ? number : number[..e];
        var exponent = 0;
        if (e >= 0 && !int.TryParse(number[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) return long.MaxValue;

        var last = digits.LastIndexOfAnyInRange((byte)'1', (byte)'9');
        if (last < 0) return 0;
        var point = digits.IndexOf((byte)'.');
        if (point < 0) point = digits.Length;
        return (long)last - point + (last < point ? 1 : 0) - exponent;
    }
}
