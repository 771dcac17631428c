using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>One row of usage; what it is not told apart by is null.</summary>
/// <param name="Hour">Start of the hour, with the zone's offset.</param>
/// <param name="Day">Start of the day, with the zone's offset.</param>
/// <param name="Model">The catalog's id of the model; null also for what names none.</param>
/// <param name="Key">The api key's id; null also for adjustments of no key.</param>
/// <param name="User">The end user; null also for requests that named none.</param>
/// <param name="Totals">The sums.</param>
[GenerateSerializer, Immutable, Alias("usage-row")]
public sealed record UsageRow(
    [property: Id(0)] DateTimeOffset? Hour,
    [property: Id(1)] DateTimeOffset? Day,
    [property: Id(2)] string? Model,
    [property: Id(3)] string? Key,
    [property: Id(4)] string? User,
    [property: Id(5)] UsageTotals Totals);

/// <summary>The answer to a <see cref="UsageQuery"/>.</summary>
[GenerateSerializer, Immutable, Alias("usage-answer")]
public abstract record UsageAnswer
{
    private UsageAnswer() { }

    /// <summary>A page of rows in the order of their groups, and the sum of all pages.</summary>
    [GenerateSerializer, Immutable, Alias("usage-page")]
    public sealed record Page(
        [property: Id(0)] DateTimeOffset From,
        [property: Id(1)] DateTimeOffset To,
        [property: Id(2)] ImmutableArray<UsageRow> Rows,
        [property: Id(3)] UsageTotals Total,
        [property: Id(4)] string? NextCursor) : UsageAnswer;

    /// <summary>The roll-up still reads the book, as when it is made for the first time: the same question later.</summary>
    [GenerateSerializer, Immutable, Alias("usage-behind")]
    public sealed record Behind([property: Id(0)] long Read, [property: Id(1)] long Entries) : UsageAnswer;

    /// <summary>More groups than <see cref="UsageQuery.MaxGroups"/>.</summary>
    [GenerateSerializer, Immutable, Alias("usage-too-many")]
    public sealed record TooMany : UsageAnswer;

    /// <summary>The cursor is none of this question's.</summary>
    [GenerateSerializer, Immutable, Alias("usage-wrong-cursor")]
    public sealed record WrongCursor : UsageAnswer;

    /// <summary>From and to, with their defaults, are in the wrong order.</summary>
    [GenerateSerializer, Immutable, Alias("usage-wrong-range")]
    public sealed record WrongRange([property: Id(0)] DateTimeOffset From, [property: Id(1)] DateTimeOffset To) : UsageAnswer;
}
