using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Where a lane's limit is known from.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<LimitSource>))]
public enum LimitSource
{
    /// <summary>The settings.</summary>
    Configured,

    /// <summary>The headers of the upstream's answers.</summary>
    Learned,
}

/// <summary>Who waits for one key's turn at one model, whose upstream limits it: at one silo, or at all.</summary>
/// <param name="Waiting">Requests that wait for their turn.</param>
/// <param name="Shed">Requests that got none, since the silo started.</param>
/// <param name="Demand">What is asked for in a minute, as a part of the limit: above 1, more than there is.</param>
/// <param name="Weight">The weights of the tenants who asked lately, summed.</param>
/// <param name="Limits">Each limit that is known.</param>
[GenerateSerializer, Immutable, Alias("queue-report")]
public sealed record QueueReport(
    [property: Id(0)] int Waiting,
    [property: Id(1)] long Shed,
    [property: Id(2)] double Demand,
    [property: Id(3)] int Weight,
    [property: Id(4)] ImmutableArray<LaneLimitReport> Limits);

/// <summary>One limit of a lane.</summary>
/// <param name="Kind">What it limits.</param>
/// <param name="Source">Where it is known from.</param>
/// <param name="Limit">The limit over all silos.</param>
/// <param name="Remaining">What may be sent at once, in the silo's part of it; below zero after more was sent than there was.</param>
[GenerateSerializer, Immutable, Alias("lane-limit-report")]
public readonly record struct LaneLimitReport(
    [property: Id(0)] QuotaKind Kind,
    [property: Id(1)] LimitSource Source,
    [property: Id(2)] long Limit,
    [property: Id(3)] long Remaining);

/// <summary>A silo's part of a lane's limits.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Key">The key's name.</param>
/// <param name="Model">The catalog's id of the model.</param>
/// <param name="Share">Above 0 and at most 1; those of all silos make 1.</param>
[GenerateSerializer, Immutable, Alias("lane-share")]
public readonly record struct LaneShare(
    [property: Id(0)] string Provider,
    [property: Id(1)] string Key,
    [property: Id(2)] string Model,
    [property: Id(3)] double Share);
