namespace OrleansGateway;

/// <summary>What usage is told apart by; any of them together.</summary>
[Flags]
public enum UsageGroups
{
    /// <summary>Nothing: one row.</summary>
    None = 0,

    /// <summary>Hours of the tenant's zone.</summary>
    Hour = 1,

    /// <summary>Days of the tenant's zone.</summary>
    Day = 2,

    /// <summary>The catalog's id of the model that answered.</summary>
    Model = 4,

    /// <summary>Api keys, by id.</summary>
    Key = 8,

    /// <summary>End users, as callers named them.</summary>
    User = 16,
}

/// <summary>A question for a tenant's usage.</summary>
[GenerateSerializer, Immutable, Alias("usage-query")]
public sealed record UsageQuery
{
    /// <summary>The most rows of one answer that is not told apart by time.</summary>
    public const int MaxGroups = 500_000;

    /// <summary>Usage is kept by quarters of an hour: every time zone is a multiple of them.</summary>
    public static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    /// <summary>Usage booked from here; on a quarter of an hour. Null: from the start of the month under way.</summary>
    [Id(0)] public DateTimeOffset? From { get; init; }

    /// <summary>Usage booked before here; on a quarter of an hour. Null: to the end of the month under way.</summary>
    [Id(1)] public DateTimeOffset? To { get; init; }

    /// <summary>Whose hours, days and months.</summary>
    [Id(2)] public required string TimeZone { get; init; }

    /// <summary>What rows are told apart by.</summary>
    [Id(3)] public UsageGroups GroupBy { get; init; }

    /// <summary>Where an earlier page ended.</summary>
    [Id(4)] public string? Cursor { get; init; }

    /// <summary>Rows of a page.</summary>
    [Id(5)] public required int Limit { get; init; }
}
