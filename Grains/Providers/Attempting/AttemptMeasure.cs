using System.Diagnostics;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>One attempt as metrics and traces see it: from before it is sent until it has been posted.</summary>
internal sealed class AttemptMeasure
{
    private readonly UpstreamInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly UpstreamApi _api;
    private readonly PlanTarget _target;
    private readonly long _startedAt;
    private readonly Activity? _span;
    private bool _begun;

    public AttemptMeasure(UpstreamInstruments instruments, Attempt attempt, TimeProvider time)
    {
        (_instruments, _time, _api, _target, _startedAt) = (instruments, time, attempt.Call.Request.Api, attempt.Target, time.GetTimestamp());
        if (!GatewayTrace.Source.HasListeners()) return;
        var operation = UpstreamInstruments.OperationOf(_api);
        _span = GatewayTrace.Source.StartActivity($"{operation} {_target.Model}", ActivityKind.Client);
        _span?.SetTag(MetricLabels.Operation, operation)
            .SetTag(MetricLabels.Provider, _target.Provider)
            .SetTag(MetricLabels.Model, _target.Model)
            .SetTag(GatewayTrace.Attempt, attempt.Number)
            .SetTag(GatewayTrace.RequestId, attempt.Call.Plan.Hold.RequestId);
    }

    /// <summary>The first piece of a stream's answer has come.</summary>
    public void OnFirstChunk()
    {
        if (_begun) return;
        _begun = true;
        _instruments.OnFirstChunk(_api, _target, _time.GetElapsedTime(_startedAt));
        _span?.AddEvent(new ActivityEvent("first chunk"));
    }

    /// <summary>It has ended.</summary>
    public void End(AttemptOutcome outcome)
    {
        _instruments.OnEnded(_api, _target, outcome, _time.GetElapsedTime(_startedAt));
        if (_span is null) return;
        var usage = outcome.Taken;
        if (usage.Total > 0) _span.SetTag("gen_ai.usage.input_tokens", usage.Input).SetTag("gen_ai.usage.output_tokens", usage.Output);
        if (outcome is Failed failed) _span.SetTag(MetricLabels.Error, failed.Word).SetStatus(ActivityStatusCode.Error);
        if (outcome is Failed { Status: > 0 and var status }) _span.SetTag(MetricLabels.Status, status);
        _span.SetTag(MetricLabels.Outcome, UpstreamInstruments.WordOf(outcome));
        _span.Dispose();
    }
}
