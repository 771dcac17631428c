using OpenTelemetry.Trace;

namespace OrleansGateway;

/// <summary>
/// Traces are made of requests: a span that belongs to none is not made (the cluster talks to itself all the time), nor one for every piece of a stream.
/// Which requests, another sampler says.
/// </summary>
internal sealed class RequestSampler(Sampler requests) : Sampler
{
    private const string Pieces = nameof(IChunkSink) + "/";

    /// <inheritdoc/>
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        if (samplingParameters.ParentContext.TraceId == default && !IsRequest(samplingParameters.Tags)) return new SamplingResult(SamplingDecision.Drop);
        return samplingParameters.Name.Contains(Pieces, StringComparison.Ordinal) ? new SamplingResult(SamplingDecision.Drop) : requests.ShouldSample(samplingParameters);
    }

    private static bool IsRequest(IEnumerable<KeyValuePair<string, object?>>? tags) => tags?.Any(tag => tag.Key == MetricLabels.Route) == true;
}
