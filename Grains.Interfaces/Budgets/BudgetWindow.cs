using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>The stretch of time a budget covers: a calendar period in the tenant's time zone, or for ever.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<BudgetWindow>))]
public enum BudgetWindow
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
}
