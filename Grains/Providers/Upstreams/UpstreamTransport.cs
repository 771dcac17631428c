using System.Net;

namespace OrleansGateway;

/// <summary>Makes what an upstream is reached through; tests put their own in its place.</summary>
internal delegate HttpMessageHandler UpstreamTransport(ProviderOptions options);

/// <summary>Sockets that do only what they are told: nothing followed, unpacked, remembered or guessed.</summary>
internal static class SocketTransport
{
    public static HttpMessageHandler Create(ProviderOptions options) => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        // A request on a connection that its peer is just closing has an unknown outcome: let go of idle ones before upstreams do.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        MaxResponseHeadersLength = 64,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
    };
}
