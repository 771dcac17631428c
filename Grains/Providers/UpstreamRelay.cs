using Microsoft.Extensions.Logging;
using Polly;
using static OrleansGateway.AttemptOutcome;

namespace OrleansGateway;

/// <summary>Takes a request through its plan: target after target until one answers, and whatever happens the hold is ended.</summary>
internal sealed partial class UpstreamRelay
{
    private readonly ProviderDirectory _directory;
    private readonly Circuits _circuits;
    private readonly Settlement _settlement;
    private readonly ILogger _logger;
    private readonly Func<ResilienceContext, UpstreamCall, ValueTask<Outcome<AttemptOutcome>>> _attempt;

    public UpstreamRelay(ProviderDirectory directory, Circuits circuits, Attempts attempts, Settlement settlement, ILogger<UpstreamRelay> logger)
    {
        (_directory, _circuits, _settlement, _logger) = (directory, circuits, settlement, logger);
        _attempt = attempts.RunAsync;
    }

    public Task<ProviderAnswer> CompleteAsync(ProviderPlan plan, UpstreamRequest request) => RelayAsync(new UpstreamCall(plan, request, sink: null));

    public Task<ProviderAnswer> StreamAsync(ProviderPlan plan, UpstreamRequest request, IChunkSink sink) => RelayAsync(new UpstreamCall(plan, request, sink));

    private async Task<ProviderAnswer> RelayAsync(UpstreamCall call)
    {
        var last = default(Failed);
        var refusedBy = default(List<string>);
        foreach (var target in call.Plan.Targets)
        {
            if (refusedBy?.Contains(target.Provider) == true) continue;
            if (_directory.Find(target.Provider) is not { } client)
            {
                LogUnknownProvider(target.Provider, target.Model);
                last ??= new Failed(UpstreamFailureKind.Unavailable, OutcomeWords.UnknownProvider);
                continue;
            }

            call.Aim(target, client);
            var outcome = await _circuits.RunAsync(call, _attempt);
            if (outcome is Answered answered) return answered.Answer;
            last = (Failed)outcome;
            if (!last.FallsBack) break;
            // A refused key is refused for every model.
            if (last.Kind == UpstreamFailureKind.Authentication) (refusedBy ??= []).Add(target.Provider);
        }
        return await FailAsync(call, last!);
    }

    private async Task<ProviderAnswer> FailAsync(UpstreamCall call, Failed failed)
    {
        var receipt = failed.Receipt ?? await _settlement.PostAsync(call.Plan, Ending(call, failed));
        return new ProviderAnswer.Failed
        {
            Kind = failed.Kind,
            By = call.By,
            RetryAfter = failed.RetryAfter,
            Message = failed.Error?.Message,
            Param = failed.Error?.Param,
            Code = failed.Error?.Code,
            Receipt = receipt,
            Begun = failed.Begun,
            Outcome = failed.Word,
        };
    }

    private static Posting Ending(UpstreamCall call, Failed failed) =>
        failed.Usage is { } metered ? Postings.Posted(call, metered, failed.Word)
        : call.HoldIsTainted ? Postings.Suspense(call, failed.Word)
        : Postings.Void(call, failed.Word);

    [LoggerMessage(EventName = "provider_unknown", Level = LogLevel.Error, Message = "The provider {Provider} of model {Model} is not configured on this silo")]
    private partial void LogUnknownProvider(string provider, string model);
}
