using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>The usage that a correction puts right: it is booked later than the day it is about.</summary>
/// <param name="Day">The provider's day, in UTC.</param>
/// <param name="Model">What the provider calls the model.</param>
[GenerateSerializer, Immutable, Alias("reconciled-usage")]
public sealed record ReconciledUsage([property: Id(0)] DateOnly Day, [property: Id(1)] string Model)
{
    /// <summary>Whose bill it was; null when nobody said and the book had no usage of it, and in books of releases that did not tell providers apart.</summary>
    [Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Provider { get; init; }
}

/// <summary>What reconciliations have corrected so far.</summary>
/// <param name="Usage">Of what.</param>
/// <param name="Corrections">How many corrections there are.</param>
/// <param name="AmountUsd">Their sum.</param>
[GenerateSerializer, Immutable, Alias("reconciled-sum")]
public sealed record ReconciledSum([property: Id(0)] ReconciledUsage Usage, [property: Id(1)] int Corrections, [property: Id(2)] Money AmountUsd);
