using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What a tenant's book says of some UTC days.</summary>
[GenerateSerializer, Immutable, Alias("daily-usage")]
public abstract record DailyUsage
{
    private DailyUsage() { }

    /// <summary>The days' usage.</summary>
    /// <param name="FirstSeq">The first entry that counts in one of them, or on the day before; null when there is none.</param>
    /// <param name="Rows">Usage by day, provider and model.</param>
    /// <param name="Suspended">Holds of these days that are in suspense.</param>
    /// <param name="Reconciled">What was corrected of these days so far.</param>
    [GenerateSerializer, Immutable, Alias("daily-usage-known")]
    public sealed record Known(
        [property: Id(0)] long? FirstSeq,
        [property: Id(1)] ImmutableArray<DailyUsageRow> Rows,
        [property: Id(2)] ImmutableArray<SuspendedHold> Suspended,
        [property: Id(3)] ImmutableArray<ReconciledSum> Reconciled) : DailyUsage;

    /// <summary>As <see cref="UsageAnswer.Behind"/>.</summary>
    [GenerateSerializer, Immutable, Alias("daily-usage-behind")]
    public sealed record Behind([property: Id(0)] long Read, [property: Id(1)] long Entries) : DailyUsage;
}

/// <summary>Usage of one UTC day, provider and model; without a provider for adjustments.</summary>
[GenerateSerializer, Immutable, Alias("daily-usage-row")]
public sealed record DailyUsageRow(
    [property: Id(0)] DateOnly Day,
    [property: Id(1)] string? Provider,
    [property: Id(2)] string? Model,
    [property: Id(3)] UsageTotals Totals);

/// <summary>A hold in suspense: nobody knows whether the upstream charged.</summary>
/// <param name="Hold">Which.</param>
/// <param name="At">When it went there.</param>
/// <param name="Provider">The provider that was called; null when nobody told.</param>
/// <param name="Model">The model.</param>
/// <param name="AmountUsd">What is held.</param>
[GenerateSerializer, Immutable, Alias("suspended-hold")]
public sealed record SuspendedHold(
    [property: Id(0)] HoldId Hold,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] string? Provider,
    [property: Id(3)] string? Model,
    [property: Id(4)] Money AmountUsd);
