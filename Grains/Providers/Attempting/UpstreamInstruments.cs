using System.Diagnostics;
using System.Diagnostics.Metrics;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Measures calls of upstreams, attempt by attempt, and what this silo knows of how they fare.</summary>
internal sealed class UpstreamInstruments
{
    private readonly TimeProvider _time;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstChunk;
    private readonly Histogram<long> _tokens;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _fallbacks;
    private readonly UpDownCounter<long> _streams;

    public UpstreamInstruments(GatewayMeter meter, UpstreamHealth health, TimeProvider time)
    {
        _time = time;
        _duration = Metrics.OperationDuration.HistogramOn(meter);
        _firstChunk = Metrics.TimeToFirstChunk.HistogramOn(meter);
        _tokens = Metrics.TokenUsage.WholeHistogramOn(meter);
        _attempts = Metrics.Attempts.CounterOn(meter);
        _fallbacks = Metrics.Fallbacks.CounterOn(meter);
        _streams = Metrics.StreamsActive.UpDownCounterOn(meter);
        Metrics.UpstreamActive.GaugeOn(meter, () => Each(health, target => target.InFlight));
        Metrics.UpstreamResting.GaugeOn(meter, () => Each(health, target => target.Rest is null ? 0 : 1));
        Metrics.CircuitState.GaugeOn(meter, () => Each(health, target => target.CircuitNumber));
        Metrics.QueueWaiting.GaugeOn(meter, () => Each(health, target => target.Lanes.Sum(lane => lane.Value.Fair?.Waiting ?? 0)));
    }

    /// <summary>An attempt is about to be sent.</summary>
    public AttemptMeasure Begin(Attempt attempt) => new(this, attempt, _time);

    /// <summary>A call has ended, with whoever answered it.</summary>
    public ProviderAnswer OnAnswered(ProviderPlan plan, ProviderAnswer answer)
    {
        var by = answer switch
        {
            ProviderAnswer.Completed completed => completed.By,
            ProviderAnswer.Streamed streamed => streamed.By,
            _ => null,
        };
        if (Route.FallbackReason(by?.Route) is { } reason)
        {
            var asked = plan.AskedModel ?? plan.Targets[0].Model;
            _fallbacks.Add(1, new TagList { { MetricLabels.Model, asked }, { MetricLabels.AnsweredModel, by!.Model }, { MetricLabels.Reason, reason } });
        }
        return answer;
    }

    /// <summary>A stream is read from an upstream, or no longer.</summary>
    public void OnStreams(PlanTarget target, int change) => _streams.Add(change, Tags(target));

    internal void OnFirstChunk(UpstreamApi api, PlanTarget target, TimeSpan after) => _firstChunk.Record(after.TotalSeconds, Tags(api, target));

    internal void OnEnded(UpstreamApi api, PlanTarget target, AttemptOutcome outcome, TimeSpan took)
    {
        var word = WordOf(outcome);
        var tags = Tags(target);
        tags.Add(MetricLabels.Outcome, word);
        _attempts.Add(1, tags);

        tags = Tags(api, target);
        if (outcome is Failed) tags.Add(MetricLabels.Error, word);
        _duration.Record(took.TotalSeconds, tags);
        var usage = outcome.Taken;
        if (usage.Total == 0) return;
        OnTokens(usage.Input, "input", api, target);
        OnTokens(usage.Output, "output", api, target);
    }

    /// <summary>The word for an attempt's end, as in the ledger.</summary>
    internal static string WordOf(AttemptOutcome outcome) => outcome switch
    {
        Failed failed => failed.Word,
        Answered { Answer: ProviderAnswer.Completed completed } => completed.Outcome,
        Answered { Answer: ProviderAnswer.Streamed streamed } => streamed.Outcome,
        _ => OutcomeWords.Ok,
    };

    /// <summary>What an API is for, in the conventions' words.</summary>
    internal static string OperationOf(UpstreamApi api) => api == UpstreamApi.Embeddings ? "embeddings" : "chat";

    private void OnTokens(long count, string type, UpstreamApi api, PlanTarget target)
    {
        var tags = Tags(api, target);
        tags.Add(MetricLabels.TokenType, type);
        _tokens.Record(count, tags);
    }

    private static TagList Tags(PlanTarget target) => new() { { MetricLabels.Provider, target.Provider }, { MetricLabels.Model, target.Model } };

    private static TagList Tags(UpstreamApi api, PlanTarget target) =>
        new() { { MetricLabels.Operation, OperationOf(api) }, { MetricLabels.Provider, target.Provider }, { MetricLabels.Model, target.Model } };

    private static IEnumerable<Measurement<long>> Each(UpstreamHealth health, Func<TargetHealth, long> read) => health.All.Select(target => new Measurement<long>(
        read(target), new KeyValuePair<string, object?>(MetricLabels.Provider, target.Provider), new KeyValuePair<string, object?>(MetricLabels.Model, target.Model)));
}
