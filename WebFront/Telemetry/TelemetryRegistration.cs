using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace OrleansGateway;

/// <summary>Composes metrics and traces: what is read at the management listener, and what is exported.</summary>
internal static class TelemetryRegistration
{
    // Of others' meters those that cost nothing per request, or next to it.
    private static readonly string[] Meters = [Metrics.MeterName, "Microsoft.Orleans", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel", HttpClients];

    private const string HttpClients = "System.Net.Http";

    /// <summary>Nothing is collected unless somebody can read it.</summary>
    public static IHostApplicationBuilder AddGatewayTelemetry(this IHostApplicationBuilder builder, GatewayOptions options, OtelSettings otel, string service)
    {
        builder.Services.TryAddSingleton<GatewayMeter>();
        builder.Services.TryAddSingleton(options.Telemetry);
        var scraped = !string.IsNullOrWhiteSpace(options.ManagementUrls);
        if (!scraped && !otel.Metrics && !otel.Traces) return builder;

        builder.Configuration.AddInMemoryCollection(otel.Named);
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => Describe(resource, service, builder.Configuration));
        if (scraped || otel.Metrics) telemetry.WithMetrics(metrics => Collect(metrics, scraped, otel));
        if (otel.Traces) telemetry.WithTracing(traces => Trace(traces, otel));
        if (scraped) builder.Services.AddSingleton<IManagementRoutes, MetricsEndpoint>();
        return builder;
    }

    private static void Describe(ResourceBuilder resource, string service, IConfiguration configuration)
    {
        // Its own attributes stand below what the operator says in OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
        if (string.IsNullOrEmpty(configuration["OTEL_SERVICE_NAME"]))
            resource.AddService(
                service,
                serviceNamespace: "orleans-gateway",
                serviceVersion: typeof(TelemetryRegistration).Assembly.GetName().Version?.ToString(3),
                autoGenerateServiceInstanceId: true);
        resource.AddEnvironmentVariableDetector();
    }

    private static void Collect(MeterProviderBuilder metrics, bool scraped, OtelSettings otel)
    {
        metrics.AddMeter(Meters);
        metrics.AddView(static instrument => instrument.Meter.Name == HttpClients && instrument.Name != "http.client.active_requests" ? MetricStreamConfiguration.Drop : null);
        if (otel.Traces) metrics.SetExemplarFilter(ExemplarFilterType.TraceBased);
        if (scraped) metrics.AddPrometheusExporter(prometheus => prometheus.ScopeInfoEnabled = false);
        if (otel.Metrics) metrics.AddOtlpExporter();
    }

    private static void Trace(TracerProviderBuilder traces, OtelSettings otel) =>
        traces.AddSource(GatewayTrace.SourceName, "Microsoft.Orleans.*").SetSampler(otel.Sampler).AddOtlpExporter();
}
