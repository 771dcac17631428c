using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>The kinds of windows.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<WindowKind>))]
public enum WindowKind
{
    /// <summary>A calendar minute.</summary>
    Minute,

    /// <summary>A calendar hour.</summary>
    Hour,

    /// <summary>A calendar day.</summary>
    Day,

    /// <summary>A week from Monday to Sunday (ISO 8601).</summary>
    Week,

    /// <summary>A calendar month.</summary>
    Month,

    /// <summary>All time; never resets.</summary>
    Total,

    /// <summary>The last N days; what is spent stops counting piece by piece.</summary>
    Rolling,
}
