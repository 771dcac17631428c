using OpenTelemetry.Metrics;

namespace OrleansGateway;

/// <summary><c>/metrics</c>, for Prometheus: in its text format, or in OpenMetrics when that is asked for.</summary>
internal sealed class MetricsEndpoint(MeterProvider meters) : IManagementRoutes
{
    /// <inheritdoc/>
    public void Map(WebApplication management) => management.UseOpenTelemetryPrometheusScrapingEndpoint(
        meters, predicate: null, path: "/metrics", configureBranchedPipeline: null, optionsName: null);
}
