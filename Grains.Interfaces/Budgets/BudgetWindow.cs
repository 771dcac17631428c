using System.Globalization;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// The stretch of time a budget covers: a calendar period in the tenant's time zone, the last N days, or for ever. In JSON and as text
/// <c>minute</c>, <c>hour</c>, <c>day</c>, <c>week</c>, <c>month</c>, <c>total</c> or <c>rolling:30d</c>.
/// </summary>
[GenerateSerializer, Immutable, Alias("budget-window"), JsonConverter(typeof(BudgetWindowJsonConverter))]
public readonly record struct BudgetWindow([property: Id(0)] WindowKind Kind, [property: Id(1)] int Days)
{
    /// <summary>The longest rolling window in days.</summary>
    public const int MaxDays = 366;

    /// <summary>What a window may be, for messages.</summary>
    public const string Expected = "minute, hour, day, week, month, total, or rolling:Nd with N from 1 to 366";

    private const string RollingPrefix = "rolling:";

    /// <summary>A calendar minute.</summary>
    public static BudgetWindow Minute => new(WindowKind.Minute, 0);

    /// <summary>A calendar hour.</summary>
    public static BudgetWindow Hour => new(WindowKind.Hour, 0);

    /// <summary>A calendar day.</summary>
    public static BudgetWindow Day => new(WindowKind.Day, 0);

    /// <summary>A week from Monday to Sunday (ISO 8601).</summary>
    public static BudgetWindow Week => new(WindowKind.Week, 0);

    /// <summary>A calendar month.</summary>
    public static BudgetWindow Month => new(WindowKind.Month, 0);

    /// <summary>All time; never resets.</summary>
    public static BudgetWindow Total => new(WindowKind.Total, 0);

    /// <summary>Whether it is one of the windows there are.</summary>
    public bool IsValid => Kind == WindowKind.Rolling ? Days is >= 1 and <= MaxDays : Enum.IsDefined(Kind) && Days == 0;

    /// <summary>The last <paramref name="days"/> days, from 1 to <see cref="MaxDays"/>.</summary>
    public static BudgetWindow Rolling(int days) => new(WindowKind.Rolling, days);

    /// <summary>Reads what <see cref="ToString"/> writes, and nothing else.</summary>
    public static bool TryParse(string? text, out BudgetWindow window)
    {
        window = text switch
        {
            "minute" => Minute,
            "hour" => Hour,
            "day" => Day,
            "week" => Week,
            "month" => Month,
            "total" => Total,
            _ when text is not null && text.StartsWith(RollingPrefix, StringComparison.Ordinal) && text[^1] == 'd'
                && int.TryParse(text.AsSpan()[RollingPrefix.Length..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days) => Rolling(days),
            _ => new((WindowKind)(-1), 0),
        };
        return window.IsValid && window.ToString() == text;
    }

    /// <summary>As in JSON.</summary>
    public override string ToString() => Kind switch
    {
        WindowKind.Minute => "minute",
        WindowKind.Hour => "hour",
        WindowKind.Day => "day",
        WindowKind.Week => "week",
        WindowKind.Month => "month",
        WindowKind.Total => "total",
        _ => string.Create(CultureInfo.InvariantCulture, $"{RollingPrefix}{Days}d"),
    };
}
