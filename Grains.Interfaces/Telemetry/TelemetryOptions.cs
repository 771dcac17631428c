using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>The section <c>Gateway:Telemetry</c>: what a process says of itself beyond what OpenTelemetry's own settings are for.</summary>
public sealed class TelemetryOptions
{
    /// <summary>How many tenants have a label of their own in metrics: the first that this process serves. All others share one; with 0 all do.</summary>
    [Range(0, 10_000)]
    public int MaxTenants { get; init; } = 100;

    /// <summary>Whether upstreams are sent the <c>traceparent</c> of their attempt. They are told nothing else of a trace, and without this nothing at all.</summary>
    public bool TraceUpstreams { get; init; }

    /// <summary>
    /// Whether a silo serves the Orleans dashboard on its management listener, to those who know the admin key. Unset, it does where it has one: images come
    /// without, and a silo of theirs that is told <c>true</c> does not start.
    /// </summary>
    public bool? Dashboard { get; init; }
}
