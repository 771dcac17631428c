using OrleansGateway.Admin;

namespace OrleansGateway;

/// <summary>Lets the listed web pages call the data plane; there is nothing of it when none are.</summary>
internal static class Cors
{
    /// <summary>What a page may read of an answer.</summary>
    public static readonly string[] Exposed =
    [
        "x-request-id", "request-id", "x-gateway-replayed", "x-gateway-original-request-id",
        "x-gateway-cost-usd", "x-gateway-provider", "x-gateway-model", "x-gateway-attempts", "x-gateway-fallback", "x-gateway-route",
        "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
        "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens", "retry-after", "retry-after-ms", "x-should-retry",
    ];

    public static void AddGatewayCors(this IServiceCollection services, CorsOptions options)
    {
        if (options.Origins.Length == 0) return;
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins(options.Origins).WithMethods("GET", "POST").AllowAnyHeader().WithExposedHeaders(Exposed).SetPreflightMaxAge(TimeSpan.FromHours(1))));
    }

    private static bool IsOfOperators(PathString path) => path.StartsWithSegments(AdminEndpoints.Root, StringComparison.OrdinalIgnoreCase);

    public static void UseGatewayCors(this WebApplication app, CorsOptions options)
    {
        if (options.Origins.Length > 0) app.UseWhen(static http => !IsOfOperators(http.Request.Path), page => page.UseCors());
    }
}
