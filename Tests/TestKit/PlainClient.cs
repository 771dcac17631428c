namespace OrleansGateway.Tests.TestKit;

/// <summary>A client as callers, operators and probes have one.</summary>
internal static class PlainClient
{
    public static HttpClient Create(Uri? address = null, TimeSpan? timeout = null)
    {
#pragma warning disable RS0030 // The ban is for what the gateway sends to upstreams; this is what others send to it.
        var client = new HttpClient { BaseAddress = address };
#pragma warning restore RS0030
        if (timeout is { } longest) client.Timeout = longest;
        return client;
    }
}
