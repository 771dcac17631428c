using System.Collections.Immutable;
using System.Reflection;
using static OrleansGateway.MetricKind;
using static OrleansGateway.MetricLabels;

namespace OrleansGateway;

/// <summary>
/// The one table of what the gateway measures. Names beginning with <c>gen_ai</c> are OpenTelemetry's conventions for generative AI, which still change:
/// they change here, and in the dashboard and alerts that a test then finds.
/// </summary>
public static class Metrics
{
    /// <summary>The name of the gateway's meter.</summary>
    public const string MeterName = "OrleansGateway";

    // As the conventions recommend.
    private static readonly ImmutableArray<double> OperationSeconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
    private static readonly ImmutableArray<double> TokenCounts = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];
    private static readonly ImmutableArray<double> StoreSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
    private static readonly ImmutableArray<double> EntryCounts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1_024];

#pragma warning disable CS1591 // Each says what it is.
    public static Metric RequestDuration { get; } = new(Histogram, "gateway.request.duration", "s",
        "Requests of callers, from their first line to their answer's last byte.", Route, Status, Outcome)
    { Buckets = OperationSeconds };

    public static Metric RequestsActive { get; } = new(Gauge, "gateway.request.active", "{request}", "Requests of callers under way.");

    public static Metric KeysRefused { get; } = new(Counter, "gateway.keys.refused", "{request}",
        "Requests without a key, with a wrong one, or with one that was not looked up (limited), of callers (data) and operators (admin).", Kind, Reason);

    public static Metric ReleasesWaiting { get; } = new(Gauge, "gateway.releases.waiting", "{hold}", "Holds for which nobody was called and that the store did not take back yet.");

    public static Metric Admissions { get; } = new(Counter, "gateway.admissions", "{request}",
        "Requests that tenants admitted (granted) or answered as before (replayed).", Tenant, Outcome);

    public static Metric Denials { get; } = new(Counter, "gateway.denials", "{request}",
        "Requests that tenants refused, by the reason and whose limit it was.", Tenant, Reason, Scope);

    public static Metric Holds { get; } = new(Counter, "gateway.holds", "{hold}",
        "Holds booked: a request's first, renewed after an attempt of unknown outcome or for one beside a slow one, extended for a stream.", Kind);

    public static Metric HoldsOpen { get; } = new(Gauge, "gateway.holds.open", "{hold}", "Holds of the tenants on this silo that have not ended: pending, or in suspense.", Kind);

    public static Metric Postings { get; } = new(Counter, "gateway.postings", "{posting}",
        "How holds ended: posted, void or suspense; resolved when that ended a suspense.", Kind, Outcome);

    public static Metric PostingsWaiting { get; } = new(Gauge, "gateway.postings.waiting", "{posting}", "Postings that the store did not take yet and that are repeated.");

    public static Metric CostInvoiced { get; } = new(Counter, "gateway.cost.invoiced", "nUSD", "What tenants were charged, in billionths of a US dollar.", Tenant, Provider, Model);

    public static Metric CostAbsorbed { get; } = new(Counter, "gateway.cost.absorbed", "nUSD",
        "What calls cost beyond what was held for them, which nobody is charged.", Provider, Model);

    public static Metric CostCompared { get; } = new(Counter, "gateway.cost.compared", "{call}",
        "Calls whose upstream told its own cost: equal to, above or below the price card's.", Provider, Model, Outcome);

    public static Metric CostDrift { get; } = new(UpDownCounter, "gateway.cost.drift", "nUSD",
        "How far the costs that upstreams told lie above the price cards', summed.", Provider, Model);

    public static Metric CostOverruns { get; } = new(Counter, "gateway.cost.overruns", "{call}", "Calls that cost more than was held for them.", Provider, Model);

    public static Metric TenantTokens { get; } = new(Counter, "gateway.tenant.tokens", "{token}", "Tokens posted.", Tenant, TokenType);

    public static Metric AppendDuration { get; } = new(Histogram, "gateway.book.append.duration", "s",
        "Appends to books, a batch each: appended, unconfirmed (and asked again), stale, or lost.", Outcome)
    { Buckets = StoreSeconds };

    public static Metric AppendEntries { get; } = new(Histogram, "gateway.book.append.entries", "{entry}", "Entries that share an append.") { Buckets = EntryCounts };

    public static Metric BookLosses { get; } = new(Counter, "gateway.book.losses", "{loss}", "How often a store had fewer entries than were written.");

    public static Metric OperationDuration { get; } = new(Histogram, "gen_ai.client.operation.duration", "s",
        "Attempts at upstreams, from the call to the last byte.", Operation, Provider, Model, Error)
    { Buckets = OperationSeconds };

    public static Metric TimeToFirstChunk { get; } = new(Histogram, "gen_ai.client.operation.time_to_first_chunk", "s",
        "Streams, from the call to the first piece of an answer.", Operation, Provider, Model)
    { Buckets = OperationSeconds };

    public static Metric TokenUsage { get; } = new(Histogram, "gen_ai.client.token.usage", "{token}",
        "Tokens of a call.", Operation, Provider, Model, TokenType)
    { Buckets = TokenCounts };

    public static Metric Attempts { get; } = new(Counter, "gateway.attempts", "{attempt}", "Attempts at upstreams, by how they ended.", Provider, Model, Outcome);

    public static Metric Fallbacks { get; } = new(Counter, "gateway.fallbacks", "{request}",
        "Requests that another target than their first answered, and why that one did not.", Model, AnsweredModel, Reason);

    public static Metric StreamsActive { get; } = new(UpDownCounter, "gateway.streams.active", "{stream}", "Streams that are read from upstreams.", Provider, Model);

    public static Metric UpstreamActive { get; } = new(Gauge, "gateway.upstream.active", "{call}", "Calls of upstreams under way.", Provider, Model);

    public static Metric UpstreamResting { get; } = new(Gauge, "gateway.upstream.resting", "{state}", "Whether a model is left alone for now: 1, or 0.", Provider, Model);

    public static Metric CircuitState { get; } = new(Gauge, "gateway.circuit.state", "{state}", "A model's circuit on this silo: 0 closed, 1 half-open, 2 open.", Provider, Model);

    public static Metric QueueWait { get; } = new(Histogram, "gateway.queue.wait.duration", "s",
        "Waits for a turn at limited upstreams, also those for nothing: served, shed, or the caller had gone (client_gone).", Provider, Model, Outcome)
    { Buckets = OperationSeconds };

    public static Metric QueueWaiting { get; } = new(Gauge, "gateway.queue.waiting", "{request}", "Requests that wait for their turn at a limited upstream.", Provider, Model);

    public static Metric ClockOffset { get; } = new(Gauge, "gateway.clock.offset", "s",
        "How far a clock is ahead of the time that the gateway goes by: the machine's, or the one that its cluster shares.", Clock);
#pragma warning restore CS1591

    /// <summary>All of them, as they stand above.</summary>
    public static ImmutableArray<Metric> All { get; } =
        [.. typeof(Metrics).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Where(property => property.PropertyType == typeof(Metric))
            .Select(property => (Metric)property.GetValue(null)!)];
}
