using System.Text;
using Orleans.Dashboard;

namespace OrleansGateway;

/// <summary>
/// <c>/dashboard</c> on the management listener: the pages of Orleans, for those who know the admin key. A browser asks for it as a password; the user's name does not matter.
/// </summary>
internal sealed class DashboardRoutes(IServiceProvider services, IHostApplicationLifetime lifetime, AdminAuthentication operators) : IManagementRoutes
{
    public const string Path = "/dashboard";

    private const string Basic = "Basic ";

    /// <inheritdoc/>
    public void Map(WebApplication management)
    {
        // Before anything is bound to its parameters: those come from the host's services, not from the listener's own.
        management.UseWhen(static http => http.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase), branch => branch.Use(GuardAsync));
        new HostRoutes(management, services).MapOrleansDashboard(Path);
    }

    private async Task GuardAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XFrameOptions = "DENY";
        if (!lifetime.ApplicationStarted.IsCancellationRequested)
        {
            // The listener is there before the cluster is, which knows the keys and has the pages' figures.
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        if (await operators.KindOfAsync(http, SecretOf(http.Request.Headers.Authorization.ToString())) is (null, _))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"OrleansGateway: the admin key as password\", charset=\"UTF-8\"";
            return;
        }

        await using var scope = services.CreateAsyncScope();
        http.RequestServices = scope.ServiceProvider;
        await next(http);
    }

    private static string? SecretOf(string header)
    {
        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)) return BearerSecret.Read(header);
        var encoded = header.AsSpan(Basic.Length).Trim();
        Span<byte> pair = stackalloc byte[1_024];
        if (encoded.Length > pair.Length || !Convert.TryFromBase64Chars(encoded, pair, out var length)) return null;
        var colon = pair[..length].IndexOf((byte)':');
        return colon < 0 ? null : Encoding.UTF8.GetString(pair[(colon + 1)..length]);
    }

    /// <summary>The listener's routes, made with the host's services.</summary>
    private sealed class HostRoutes(IEndpointRouteBuilder management, IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources => management.DataSources;

        public IApplicationBuilder CreateApplicationBuilder() => management.CreateApplicationBuilder();
    }
}
