using System.Globalization;

namespace OrleansGateway;

/// <summary>The kinds of single value that a setting can have.</summary>
internal static class SettingsValues
{
    private delegate bool Reader(string text, out object? value);

    private static readonly Dictionary<Type, (string Description, Reader Read)> Readers = new()
    {
        [typeof(string)] = ("text", (string text, out object? value) => (value = text) is not null),
        [typeof(bool)] = ("true or false", (string text, out object? value) => Boxed(bool.TryParse(text, out var parsed), parsed, out value)),
        [typeof(int)] = ("a whole number", (string text, out object? value) =>
            Boxed(int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed), parsed, out value)),
        [typeof(long)] = ("a whole number", (string text, out object? value) =>
            Boxed(long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed), parsed, out value)),
        [typeof(double)] = ("a number", (string text, out object? value) =>
            Boxed(double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) && double.IsFinite(parsed), parsed, out value)),
        [typeof(decimal)] = ("a number", (string text, out object? value) =>
            Boxed(decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed), parsed, out value)),
        [typeof(TimeSpan)] = ("a duration such as 00:00:30", (string text, out object? value) =>
            Boxed(text.Contains(':', StringComparison.Ordinal) & TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var parsed), parsed, out value)),
        [typeof(DateTimeOffset)] = ("an instant such as 2026-01-01T00:00:00Z", (string text, out object? value) =>
            Boxed(DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed), parsed, out value)),
        [typeof(Uri)] = ("an absolute http or https address", (string text, out object? value) =>
            Boxed(Uri.TryCreate(text, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https", parsed, out value)),
        [typeof(Money)] = ("an amount of US dollars with at most nine decimals", ReadMoney),
    };

    public static bool CanRead(Type type) => type.IsEnum || Readers.ContainsKey(type);

    public static string Describe(Type type) => type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}" : Readers[type].Description;

    public static bool TryRead(Type type, string text, out object? value)
    {
        if (!type.IsEnum) return Readers[type].Read(text, out value);

        // By name only: a number would pass for any member there is not.
        value = Enum.GetNames(type).FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found ? Enum.Parse(type, found) : null;
        return value is not null;
    }

    private static bool ReadMoney(string text, out object? value)
    {
        value = null;
        if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var usd)) return false;
        try
        {
            value = Money.FromUsd(usd);
            return true;
        }
        catch (Exception e) when (e is OverflowException or ArgumentException)
        {
            return false;
        }
    }

    private static bool Boxed<T>(bool ok, T parsed, out object? value)
    {
        value = ok ? parsed : null;
        return ok;
    }
}
