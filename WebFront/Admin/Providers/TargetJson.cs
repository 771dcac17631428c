namespace OrleansGateway.Admin;

/// <summary>Every model that an upstream serves, and those that it lists and the gateway does not offer.</summary>
internal sealed record ProvidersJson(IReadOnlyList<TargetJson> Providers, IReadOnlyList<UnpricedModel> Unpriced);

/// <summary>One upstream's model, and its last minute.</summary>
internal sealed record TargetJson(string Provider, string Model)
{
    public int Priority { get; private init; }

    public int Weight { get; private init; }

    /// <summary><c>closed</c>, <c>open</c> or <c>halfOpen</c>: the worst of any silo.</summary>
    public string Circuit { get; private init; } = "closed";

    /// <summary>Until when it is left alone; null when it is called.</summary>
    public DateTimeOffset? RestsUntil { get; private init; }

    /// <summary>Why: <c>rateLimited</c> or <c>unavailable</c>.</summary>
    public string? RestReason { get; private init; }

    public int InFlight { get; private init; }

    public long Attempts { get; private init; }

    /// <summary>Attempts that did not end in an answer, of all; null of none.</summary>
    public double? ErrorRate { get; private init; }

    /// <summary>Attempts by how they ended, in the ledger's words.</summary>
    public IReadOnlyDictionary<string, long> Outcomes { get; private init; } = new Dictionary<string, long>();

    /// <summary>To an answer's headers.</summary>
    public LatencyJson LatencyMs { get; private init; } = new(null, null, null);

    public Money SpentUsd { get; private init; }

    public double? RetriesLeft { get; private init; }

    /// <summary>Its keys that took part, by name.</summary>
    public IReadOnlyList<LaneJson> Lanes { get; private init; } = [];

    public static TargetJson Of(CatalogModel model, ModelOffer offer, TargetReport? report)
    {
        var target = new TargetJson(offer.Provider, model.Id) { Priority = offer.Priority, Weight = offer.Weight };
        if (report is null) return target;
        var attempts = report.Outcomes.Values.Sum();
        return target with
        {
            Circuit = report.Circuit,
            RestsUntil = report.Rest?.Until,
            RestReason = report.Rest is { } rest ? rest.Kind == UpstreamFailureKind.RateLimited ? "rateLimited" : "unavailable" : null,
            InFlight = report.InFlight,
            Attempts = attempts,
            ErrorRate = attempts == 0 ? null : Math.Round(1 - (report.Outcomes.GetValueOrDefault("ok") / (double)attempts), 4),
            Outcomes = report.Outcomes.OrderBy(outcome => outcome.Key, StringComparer.Ordinal).ToDictionary(),
            LatencyMs = new LatencyJson(Percentile(0.5), Percentile(0.95), Percentile(0.99)),
            SpentUsd = report.Spent,
            RetriesLeft = Math.Round(report.RetriesLeft, 1),
            Lanes = report.Lanes.IsDefault ? [] : [.. report.Lanes.Select(LaneJson.Of)],
        };

        double? Percentile(double share) => LatencyBuckets.Percentile(report.Latencies, share) is { } ms ? Math.Round(ms, 1) : null;
    }
}

/// <summary>One key of a provider.</summary>
/// <param name="Key">Its name.</param>
/// <param name="RestsUntil">Until when it is left alone; null when it is used.</param>
/// <param name="RestReason">Why: <c>rateLimited</c> or <c>refused</c>.</param>
/// <param name="InFlight">Calls under way.</param>
/// <param name="Queue">What its upstream limits, and who waits; null while no limit is known.</param>
internal sealed record LaneJson(string Key, DateTimeOffset? RestsUntil, string? RestReason, int InFlight, QueueJson? Queue)
{
    public static LaneJson Of(LaneReport lane) => new(
        lane.Key,
        lane.Rest?.Until,
        lane.Rest is { } rest ? rest.Kind == UpstreamFailureKind.Authentication ? "refused" : "rateLimited" : null,
        lane.InFlight,
        lane.Queue is { } queue ? new QueueJson(queue.Waiting, queue.Shed, Math.Round(queue.Demand, 3), queue.Limits) : null);
}

/// <summary>What an upstream lets one key do.</summary>
/// <param name="Waiting">Requests that wait for their turn.</param>
/// <param name="Shed">Requests that got none, since the silos started.</param>
/// <param name="Demand">What is asked for, as a part of the limit: above 1, more than there is.</param>
/// <param name="Limits">Each limit that is known, and from where.</param>
internal sealed record QueueJson(int Waiting, long Shed, double Demand, IReadOnlyList<LaneLimitReport> Limits);

/// <summary>Milliseconds that half, 95 % and 99 % of the answers did not exceed, to a tenth; null of none.</summary>
internal sealed record LatencyJson(double? P50, double? P95, double? P99);
