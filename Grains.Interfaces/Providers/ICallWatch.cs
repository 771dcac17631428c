using System.Collections.Immutable;
using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>
/// A web front in a process of its own, seen from the pool: it is told which of its calls are under way, and takes one of which it has heard
/// nothing for a while for lost. A client of the cluster is told of a dead silo by nobody else before the response time-out.
/// </summary>
[GrainInterfaceType("call-watch"), Alias("call-watch")]
public interface ICallWatch : IGrainObserver
{
    /// <summary>
    /// The calls, by request id, that one silo makes for this front; told again every second. May come late, twice, out of order or not at all.
    /// </summary>
    [Alias("alive"), OneWay]
    Task Alive(ImmutableArray<string> requestIds);
}
