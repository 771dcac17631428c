using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Where the silos' pools tell one another how their upstreams fare; one for the cluster, in memory only. What it forgets when its silo dies, every
/// silo tells it again within a second.
/// </summary>
[GrainInterfaceType("pool-health"), Alias("pool-health")]
public interface IPoolHealthGrain : IGrainWithIntegerKey
{
    /// <summary>Takes one silo's report in place of its last, and gives what other silos leave alone at the moment. Idempotent.</summary>
    [Alias("exchange"), ResponseTimeout("00:00:02")]
    Task<ImmutableArray<TargetRest>> Exchange(SiloHealth report);

    /// <summary>A silo's parts of the limits that upstreams set, by what all have reported; empty for one that has not. Idempotent.</summary>
    [Alias("shares"), ResponseTimeout("00:00:02")]
    Task<ImmutableArray<LaneShare>> Shares(string silo);

    /// <summary>What all silos have reported in the last ten seconds.</summary>
    [Alias("describe"), ResponseTimeout("00:00:05")]
    Task<ImmutableArray<TargetReport>> Describe();
}

/// <summary>One silo's pool, as it sees its upstreams.</summary>
/// <param name="Silo">The silo's address.</param>
/// <param name="Targets">Every upstream's model that it has called.</param>
[GenerateSerializer, Immutable, Alias("silo-health")]
public sealed record SiloHealth([property: Id(0)] string Silo, [property: Id(1)] ImmutableArray<TargetReport> Targets);

/// <summary>An upstream's model that is left alone for a while, or one of the keys to it.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Model">The catalog's id of the model.</param>
/// <param name="Until">When it may be called again.</param>
/// <param name="Kind">
/// <see cref="UpstreamFailureKind.RateLimited"/> or <see cref="UpstreamFailureKind.Unavailable"/>; of a key that was refused <see cref="UpstreamFailureKind.Authentication"/>,
/// and then for all its provider's models.
/// </param>
/// <param name="Key">The name of the only key that rests; null when the target does.</param>
/// <param name="Left">How long it is left alone still, as it is told to others, whose time is another; null within a process, and from a silo of the release before.</param>
[GenerateSerializer, Immutable, Alias("target-rest")]
public sealed record TargetRest(
    [property: Id(0)] string Provider,
    [property: Id(1)] string Model,
    [property: Id(2)] DateTimeOffset Until,
    [property: Id(3)] UpstreamFailureKind Kind,
    [property: Id(4)] string? Key = null,
    [property: Id(5)] TimeSpan? Left = null)
{
    /// <summary>As it is told to another process.</summary>
    /// <param name="now">The time of who tells it.</param>
    public TargetRest Told(DateTimeOffset now) => this with { Left = Until - now };

    /// <summary>As it was heard from another process.</summary>
    /// <param name="now">The time of who hears it.</param>
    public TargetRest Heard(DateTimeOffset now) => Left is { } left ? this with { Until = now + left, Left = null } : this;
}

/// <summary>One key's calls of an upstream's model.</summary>
/// <param name="Key">The key's name; the secret is never told.</param>
/// <param name="Rest">Whether it is left alone, until when and why.</param>
/// <param name="InFlight">Calls under way.</param>
/// <param name="Queue">What its upstream limits; null while no limit is known.</param>
[GenerateSerializer, Immutable, Alias("lane-report")]
public sealed record LaneReport([property: Id(0)] string Key, [property: Id(1)] TargetRest? Rest, [property: Id(2)] int InFlight, [property: Id(3)] QueueReport? Queue = null);

/// <summary>An upstream's model over the last minute: at one silo, or at all.</summary>
[GenerateSerializer, Immutable, Alias("target-report")]
public sealed record TargetReport
{
    /// <summary>The provider's name.</summary>
    [Id(0)] public required string Provider { get; init; }

    /// <summary>The catalog's id of the model.</summary>
    [Id(1)] public required string Model { get; init; }

    /// <summary><c>closed</c>, <c>open</c> or <c>halfOpen</c>.</summary>
    [Id(2)] public required string Circuit { get; init; }

    /// <summary>Whether it is left alone, until when and why.</summary>
    [Id(3)] public TargetRest? Rest { get; init; }

    /// <summary>Calls under way.</summary>
    [Id(4)] public int InFlight { get; init; }

    /// <summary>Attempts that ended in the last minute, by outcome word.</summary>
    [Id(5)] public required ImmutableDictionary<string, long> Outcomes { get; init; }

    /// <summary>Of those that got an answer's headers, how long these took: counts by the buckets of <c>LatencyBuckets</c>.</summary>
    [Id(6)] public required ImmutableArray<long> Latencies { get; init; }

    /// <summary>What was booked for it in the last minute.</summary>
    [Id(7)] public Money Spent { get; init; }

    /// <summary>Retries that its budget still allows.</summary>
    [Id(8)] public double RetriesLeft { get; init; }

    /// <summary>Key by key; default when nobody told.</summary>
    [Id(9)] public ImmutableArray<LaneReport> Lanes { get; init; }
}
