using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>
/// The pool that calls upstreams; stateless workers, whose key says nothing. Both calls end with the hold posted, void or in suspense, whatever happens
/// to the caller: whoever reads the upstream posts. A client of the cluster sends all calls of one key to
/// one silo: it spreads its calls over keys.
/// </summary>
[GrainInterfaceType("provider"), Alias("provider")]
public interface IProviderGrain : IGrainWithIntegerKey
{
    /// <summary>
    /// Calls the plan's targets in order until one answers; a watch is told that the call is under way until then. Not idempotent: one call per hold.
    /// </summary>
    [Alias("complete"), ResponseTimeout("00:11:00")]
    Task<ProviderAnswer> Complete(ProviderPlan plan, UpstreamRequest request, ICallWatch? watch);

    /// <summary>The same for a stream, whose events are pushed to the sink unchanged and in order. Not idempotent.</summary>
    [Alias("stream"), ResponseTimeout("00:11:00")]
    Task<ProviderAnswer> Stream(ProviderPlan plan, UpstreamRequest request, IChunkSink sink, ICallWatch? watch);

    /// <summary>
    /// The caller of a request has gone. If the request waits for its turn at a limited upstream, it ends and costs nothing; what is being sent goes on. May come late, twice or never.
    /// </summary>
    [Alias("leave"), OneWay]
    Task Leave(string requestId);

    /// <summary>The answer kept for a hold, with what the book says was paid for it; null when it was too large to keep.</summary>
    [Alias("replay"), ResponseTimeout("00:00:05")]
    Task<ReplayedAnswer?> Replay(string tenantId, HoldId hold, PostingReceipt receipt);
}

/// <summary>Where a stream's bytes go: the caller's connection, seen from the pool.</summary>
[GrainInterfaceType("chunk-sink"), Alias("chunk-sink")]
public interface IChunkSink : IGrainObserver
{
    /// <summary>
    /// Takes the next batch of whole events; numbers count from 0 and the first carries who answers. Returns once the bytes are on
    /// their way to the caller: false when the caller is gone and nothing more need come. Asked again with the same number when no answer came, as when
    /// a silo between the two died: what was taken is not taken twice.
    /// </summary>
    [Alias("push"), ResponseTimeout("00:00:05")]
    Task<bool> Push(int number, AnsweredBy by, [Immutable] ReadOnlyMemory<byte> events);
}
