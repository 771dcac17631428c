using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>
/// The pool that serves requests; stateless workers, whose key says nothing. A call ends with its hold posted, void or in suspense, whatever happens
/// to the caller: whoever reserves and reads the upstream posts. A client of the cluster sends all calls of one key to
/// one silo: it spreads its calls over keys.
/// </summary>
[GrainInterfaceType("provider"), Alias("provider")]
public interface IProviderGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Asks the tenant to admit the request, then calls its plan's targets in order until one answers; or gives an answer again that was given before. With a sink
    /// the answer is a stream, whose events are pushed to it unchanged and in order. The watch is told that the call is under way until it ends. Not idempotent: one
    /// call per hold. Throws <see cref="NotCalledException"/> when no upstream was called.
    /// </summary>
    [Alias("serve"), ResponseTimeout("00:11:00")]
    Task<PoolAnswer> Serve(PoolCall asked, IChunkSink? sink, ICallWatch watch);

    /// <summary>
    /// The caller of a request has gone. If nothing was called yet, as while it waits for its turn at a limited upstream, it ends and costs nothing; what is being sent
    /// goes on. May come late, twice or never.
    /// </summary>
    [Alias("leave"), OneWay]
    Task Leave(string requestId);
}

/// <summary>Where a stream's bytes go: the caller's connection, seen from the pool.</summary>
[GrainInterfaceType("chunk-sink"), Alias("chunk-sink")]
public interface IChunkSink : IGrainObserver
{
    /// <summary>
    /// Takes the next batch of whole events; numbers count from 0, and the first has the stream's head with it, the others null. Returns once the bytes are on
    /// their way to the caller: false when the caller is gone and nothing more need come. Asked again with the same number when no answer came, as when
    /// a silo between the two died: what was taken is not taken twice.
    /// </summary>
    [Alias("push"), ResponseTimeout("00:00:05")]
    Task<bool> Push(int number, StreamHead? head, [Immutable] ReadOnlyMemory<byte> events);
}

/// <summary>What the headers of a streamed answer tell.</summary>
/// <param name="By">Who answers.</param>
/// <param name="Limits">What the tenant's limits have left.</param>
/// <param name="ReplayOf">The request that was given this answer first; null unless it is given again.</param>
[GenerateSerializer, Immutable, Alias("stream-head")]
public sealed record StreamHead(
    [property: Id(0)] AnsweredBy By,
    [property: Id(1)] RateLimitSnapshot Limits,
    [property: Id(2)] string? ReplayOf = null);
