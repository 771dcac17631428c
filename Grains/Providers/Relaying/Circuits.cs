using System.Collections.Concurrent;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace OrleansGateway;

/// <summary>A circuit for each provider's model, with the retries around it; one for all calls of this silo.</summary>
internal sealed class Circuits(UpstreamHealth health, PoolTime time)
{
    private const int MostRetries = 2;
    private static readonly TimeSpan BreakDuration = TimeSpan.FromSeconds(15);

    /// <summary>How long whoever comes while a circuit is being tried should wait.</summary>
    private static readonly TimeSpan OfProbe = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Provider, string Model), Lazy<ResiliencePipeline<AttemptOutcome>>> _pipelines = new();

    /// <summary>Runs attempts at the call's target until one is final, or the circuit lets none through.</summary>
    public async ValueTask<AttemptOutcome> RunAsync(AimedCall aimed, Func<ResilienceContext, AimedCall, ValueTask<Outcome<AttemptOutcome>>> attempt)
    {
        // Two first calls may come at once, and a circuit's state is told by one circuit only.
        var name = (aimed.Target.Provider, aimed.Target.Model);
        var pipeline = _pipelines.GetOrAdd(name, static (key, circuits) => new(() => circuits.Build(key.Provider, key.Model)), this).Value;
        var context = ResilienceContextPool.Shared.Get(CancellationToken.None);
        try
        {
            var outcome = await pipeline.ExecuteOutcomeAsync(attempt, context, aimed);
            var result = outcome.Result ?? Refused(outcome.Exception, aimed.Health);
            if (result is AttemptOutcome.Failed failed) Tell(aimed.Health, failed);
            return result;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ResiliencePipeline<AttemptOutcome> Build(string provider, string model)
    {
        var target = health.Of(provider, model);
        // An attempt's time-out belongs to UpstreamTimer: it differs before and after the headers, and a stream outlives any.
        var builder = new ResiliencePipelineBuilder<AttemptOutcome> { TimeProvider = time };
        builder.AddRetry(new RetryStrategyOptions<AttemptOutcome>
        {
            MaxRetryAttempts = MostRetries,
            ShouldHandle = static arguments => new(arguments.Outcome.Result is AttemptOutcome.Failed { RetryIn: not null }),
            DelayGenerator = static arguments => new(((AttemptOutcome.Failed)arguments.Outcome.Result!).RetryIn),
        });
        builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions<AttemptOutcome>
        {
            FailureRatio = 0.5,
            MinimumThroughput = 10,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = BreakDuration,
            ShouldHandle = static arguments => new(arguments.Outcome.Result is AttemptOutcome.Failed { TripsCircuit: true }),
            StateProvider = target.Circuit,
            ManualControl = target.CircuitControl,
        });
        return builder.Build();
    }

    // A circuit's own event would be told on another thread, after the call. One that is being tried is no reason to leave the model alone: it may answer any moment.
    private void Tell(TargetHealth target, AttemptOutcome.Failed failed)
    {
        if (target.Circuit.CircuitState != CircuitState.Open) return;
        if (failed.Word == OutcomeWords.BreakerOpen) target.LeaveAlone(time.GetUtcNow() + (failed.RetryAfter ?? BreakDuration), UpstreamFailureKind.Unavailable);
        else if (failed.TripsCircuit) target.LeaveAlone(time.GetUtcNow() + BreakDuration, UpstreamFailureKind.Unavailable);
    }

    private static AttemptOutcome.Failed Refused(Exception? exception, TargetHealth target)
    {
        if (exception is not BrokenCircuitException broken) return AttemptVerdicts.Internal();
        var wait = target.Circuit.CircuitState == CircuitState.Open ? broken.RetryAfter : OfProbe;
        return new AttemptOutcome.Failed(UpstreamFailureKind.Unavailable, OutcomeWords.BreakerOpen) { RetryAfter = wait };
    }
}
