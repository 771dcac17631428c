using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>A cluster's silos at one moment.</summary>
/// <param name="ClusterId">The cluster's name.</param>
/// <param name="Silos">Those that run first, then those that have left, the newest first.</param>
[GenerateSerializer, Immutable, Alias("cluster-report")]
public sealed record ClusterReport([property: Id(0)] string ClusterId, [property: Id(1)] ImmutableArray<SiloReport> Silos);

/// <summary>One silo. What only a running silo can say of itself is null of others, and of one that did not answer in time.</summary>
[GenerateSerializer, Immutable, Alias("silo-report")]
public sealed record SiloReport
{
    /// <summary>Address, port and generation, as logs write them: <c>S10.1.2.3:11111:154681054</c>.</summary>
    [Id(0)] public required string Address { get; init; }

    /// <summary>The silo's name: its pod's in Kubernetes.</summary>
    [Id(1)] public required string Name { get; init; }

    /// <summary><c>joining</c>, <c>active</c>, <c>shuttingDown</c>, <c>stopping</c>, <c>dead</c>, or <c>created</c>.</summary>
    [Id(2)] public required string Status { get; init; }

    /// <summary>When it started.</summary>
    [Id(3)] public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Its last heartbeat in the table.</summary>
    [Id(4)] public required DateTimeOffset AliveAt { get; init; }

    /// <summary>The gateway's version that it runs.</summary>
    [Id(5)] public string? Version { get; init; }

    /// <summary>Grain activations in its memory.</summary>
    [Id(6)] public int? Activations { get; init; }

    /// <summary>Web fronts and other clients that are connected to it.</summary>
    [Id(7)] public long? Clients { get; init; }

    /// <summary>Processor time in use, in percent of all its cores.</summary>
    [Id(8)] public double? CpuPercent { get; init; }

    /// <summary>Memory in use, in bytes.</summary>
    [Id(9)] public long? MemoryBytes { get; init; }

    /// <summary>Whether it takes no clients for now because it is overloaded.</summary>
    [Id(10)] public bool? Overloaded { get; init; }
}
