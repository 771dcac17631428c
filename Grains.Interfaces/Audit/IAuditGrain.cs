using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Who changed what, when: an append-only book of its own. One for the cluster, key 0.</summary>
[GrainInterfaceType("audit"), Alias("audit")]
public interface IAuditGrain : IGrainWithIntegerKey
{
    /// <summary>Writes down that a change was asked for, or how it ended; durable when it returns. Idempotent by all of the record.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    [Alias("record"), ResponseTimeout("00:00:05")]
    Task Record(AuditRecord record);

    /// <summary>A page, oldest first, of what was asked for in [from, until).</summary>
    /// <param name="from">Null for the beginning.</param>
    /// <param name="until">Null for no end.</param>
    /// <param name="after">The last sequence number of the page before; 0 for the first page.</param>
    /// <param name="limit">The most entries.</param>
    [Alias("page"), ResponseTimeout("00:00:30")]
    Task<AuditPage> Page(DateTimeOffset? from, DateTimeOffset? until, long after, int limit);
}

/// <summary>What is written down of a change: once when it is asked for, and once, with a status, when it has ended.</summary>
[GenerateSerializer, Immutable, Alias("audit-record")]
public sealed record AuditRecord
{
    /// <summary>When.</summary>
    [Id(0)] public required DateTimeOffset At { get; init; }

    /// <summary>Names the change; both of its records have it.</summary>
    [Id(1)] public required string Id { get; init; }

    /// <summary>Which admin key was shown: <c>configured</c> or <c>generated</c>; null in the second record.</summary>
    [Id(2)] public string? Key { get; init; }

    /// <summary>Who the caller says it is, by the header <c>x-gateway-actor</c>.</summary>
    [Id(3)] public string? Actor { get; init; }

    /// <summary>From where.</summary>
    [Id(4)] public string? Remote { get; init; }

    /// <summary>The method; null in the second record.</summary>
    [Id(5)] public string? Method { get; init; }

    /// <summary>The path with its query; null in the second record.</summary>
    [Id(6)] public string? Path { get; init; }

    /// <summary>How it ended, as HTTP says it; null in the first record.</summary>
    [Id(7)] public int? Status { get; init; }

    /// <summary>The version that it made, as an ETag; null when it made none.</summary>
    [Id(8)] public string? Version { get; init; }
}

/// <summary>One change.</summary>
/// <param name="Seq">Where it stands in the trail.</param>
/// <param name="Asked">What was asked for.</param>
/// <param name="Ended">How it ended; null when nobody lived to write that down, or it is under way.</param>
[GenerateSerializer, Immutable, Alias("audited")]
public sealed record Audited([property: Id(0)] long Seq, [property: Id(1)] AuditRecord Asked, [property: Id(2)] AuditRecord? Ended);

/// <summary>Some of the trail.</summary>
/// <param name="Changes">Oldest first.</param>
/// <param name="Next">Given as <c>after</c> it leads on; null at the end.</param>
[GenerateSerializer, Immutable, Alias("audit-page")]
public sealed record AuditPage([property: Id(0)] ImmutableArray<Audited> Changes, [property: Id(1)] long? Next);
