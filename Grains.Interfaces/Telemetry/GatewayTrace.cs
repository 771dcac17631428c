using System.Diagnostics;

namespace OrleansGateway;

/// <summary>Where the gateway's own spans come from; between them stand those of Orleans. Without anyone who listens none is made.</summary>
public static class GatewayTrace
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "OrleansGateway";

    /// <summary>The header that hands a trace on.</summary>
    public const string TraceParent = "traceparent";

    /// <summary>A span's request, as in <c>x-request-id</c>.</summary>
    public const string RequestId = "gateway.request.id";

    /// <summary>The number of an attempt, from 1.</summary>
    public const string Attempt = "gateway.attempt";

    /// <summary>How many entries an append had.</summary>
    public const string Entries = "gateway.book.entries";

    /// <summary>The source; one for the process.</summary>
    public static ActivitySource Source { get; } = new(SourceName);
}
