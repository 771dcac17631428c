using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace OrleansGateway.Tests.Unit.Telemetry;

public sealed class OtelSettingsTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    [InlineData(true, true, "Otel:Exporter_Otlp_Endpoint=http://collector:4317")]
    [InlineData(true, true, "Otel:Exporter:Otlp:Endpoint=http://collector:4317")]
    [InlineData(true, false, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces")]
    [InlineData(true, false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_METRICS_EXPORTER=none")]
    [InlineData(false, false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "Otel:Sdk_Disabled=true")]
    public void What_is_exported_is_what_has_a_place_to_go(bool traces, bool metrics, params string[] settings)
    {
        var (otel, faults) = Read(settings);
        Assert.Empty(faults);
        Assert.Equal((traces, metrics), (otel.Traces, otel.Metrics));
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        var (_, faults) = Read(
            "Otel:Endpoint=x", "OTEL_EXPORTER_OTLP_ENDPOINT=collector",
            "OTEL_TRACES_SAMPLER=sometimes", "OTEL_TRACES_SAMPLER_ARG=2",
            "OTEL_METRICS_EXPORTER=prometheus");
        Assert.Equal(5, faults.Count);
        Assert.Contains("Otel:Endpoint is not a setting: it would be OTEL_ENDPOINT for OpenTelemetry", faults);
    }

    [Fact]
    public void A_name_of_the_specification_comes_before_the_same_in_the_section() =>
        Assert.Empty(Read("OTEL_SERVICE_NAME=one", "Otel:Service_Name=two").Otel.Named);

    [Fact]
    public void A_trace_begins_with_a_request_and_has_no_span_for_each_piece_of_a_stream()
    {
        var sampler = Read().Otel.Sampler;
        KeyValuePair<string, object?>[] request = [new(MetricLabels.Route, "/v1/chat/completions")];
        var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        var unsampled = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);
        Assert.Equal(SamplingDecision.RecordAndSample, Decide(default, "POST /v1/chat/completions", request));
        Assert.Equal(SamplingDecision.Drop, Decide(default, "IPoolHealthGrain/Exchange"));
        Assert.Equal(SamplingDecision.RecordAndSample, Decide(parent, "ITenantGrain/Reserve"));
        Assert.Equal(SamplingDecision.Drop, Decide(parent, "IChunkSink/Push"));
        Assert.Equal(SamplingDecision.Drop, Decide(unsampled, "POST /v1/chat/completions", request));

        SamplingDecision Decide(ActivityContext before, string name, KeyValuePair<string, object?>[]? tags = null) =>
            sampler.ShouldSample(new SamplingParameters(before, before.TraceId == default ? default : before.TraceId, name, ActivityKind.Server, tags)).Decision;
    }

    private static (OtelSettings Otel, List<string> Faults) Read(params string[] settings)
    {
        var faults = new List<string>();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(pair => new KeyValuePair<string, string?>(pair[0], pair[1])))
            .Build();
        return (OtelSettings.Read(configuration, faults), faults);
    }
}
