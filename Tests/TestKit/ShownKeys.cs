using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Requests that show a key, and what takes note of those that are refused.</summary>
internal static class ShownKeys
{
    /// <summary>A request with a header <c>Authorization</c>.</summary>
    public static HttpContext In(StringValues authorization, string peer = "192.0.2.1")
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        http.Request.Headers.Authorization = authorization;
        return http;
    }

    /// <summary>What takes note of refusals.</summary>
    public static RefusedKeys Refused(TimeProvider time, int mostPerMinute = 600, ILogger<RefusedKeys>? logger = null, GatewayMeter? meter = null)
    {
        var options = new GatewayOptions { MaxFailedAuthenticationsPerMinute = mostPerMinute };
        return new RefusedKeys(options, new PeerAddress(options), meter ?? new GatewayMeter(), time, logger ?? NullLogger<RefusedKeys>.Instance);
    }
}
