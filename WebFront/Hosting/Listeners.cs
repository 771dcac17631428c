using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace OrleansGateway;

/// <summary>Where the data plane listens, and how much it takes from strangers.</summary>
internal static class Listeners
{
    private const string DefaultUrls = "http://localhost:8080";
    private const string Section = "Kestrel";

    /// <summary>What keeps the data plane from listening, as far as it can be seen in the settings.</summary>
    public static void Check(IConfiguration configuration, ICollection<string> faults)
    {
        foreach (var fault in ListenerAddress.FaultsOf(configuration[WebHostDefaults.ServerUrlsKey] ?? "", 8080)) faults.Add($"Urls: {fault}");
        try
        {
            configuration.GetSection(Section).Bind(new KestrelServerOptions());
        }
        catch (InvalidOperationException e)
        {
            faults.Add($"{Section}: {e.Message}");
        }
    }

    public static void AddGatewayListeners(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        if (string.IsNullOrEmpty(configuration[WebHostDefaults.ServerUrlsKey]) && !configuration.GetSection($"{Section}:Endpoints").Exists())
            builder.WebHost.UseUrls(DefaultUrls);

        // A silo's host comes without it.
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, kestrel.ApplicationServices.GetRequiredService<Capacity>()));
        builder.Services.Configure<KestrelServerOptions>(configuration.GetSection(Section));
        TellingServer.Decorate(builder.Services);
    }

    private static void Limit(KestrelServerOptions kestrel, Capacity capacity)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = capacity.Connections;
        // Counted where bodies are read. Kestrel's own limit would close the connection of whoever is refused before that, and a caller who is still
        // sending would see this instead of the answer; without it Kestrel takes the rest for up to 5 seconds, and throws it away.
        limits.MaxRequestBodySize = null;
        limits.MaxRequestLineSize = 4 * 1024;
        limits.MaxRequestHeadersTotalSize = 16 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MaxResponseBufferSize = 256 * 1024;
        limits.Http2.MaxStreamsPerConnection = 100;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.EndSilent(() => limits.RequestHeadersTimeout, kestrel.ApplicationServices.GetRequiredService<TimeProvider>()));
    }
}
