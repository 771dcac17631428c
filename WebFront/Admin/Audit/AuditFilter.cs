namespace OrleansGateway.Admin;

/// <summary>
/// Has every change written down before it is made, and how it ended after. A change that cannot be written down is not made. An endpoint filter, behind
/// the one that knows the operator.
/// </summary>
internal sealed partial class AuditFilter(IGrainFactory grains, PeerAddress peers, TimeProvider time, ILogger<AuditFilter> logger) : IEndpointFilter
{
    /// <summary>Where a caller may say who it acts for.</summary>
    public const string ActorHeader = "x-gateway-actor";

    private const int MostText = 500;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)) return await next(context);

        var asked = new AuditRecord
        {
            At = time.GetUtcNow(),
            Id = http.Response.Headers[RequestIds.Header].ToString(),
            Key = http.Items[AdminAuthentication.KeyItem] as string,
            Actor = Cut(http.Request.Headers[ActorHeader].ToString()),
            Remote = peers.Of(http)?.ToString(),
            Method = http.Request.Method,
            Path = Cut(http.Request.Path + http.Request.QueryString),
        };
        var trail = grains.GetGrain<IAuditGrain>(0);
        await trail.Record(asked);
        http.Response.OnCompleted(() => EndAsync(trail, asked, http.Response));
        return await next(context);
    }

    // The answer has gone by now: what the trail lacks then is in the log.
    private async Task EndAsync(IAuditGrain trail, AuditRecord asked, HttpResponse response)
    {
        var ended = new AuditRecord
        {
            At = time.GetUtcNow(),
            Id = asked.Id,
            Status = response.StatusCode,
            Version = response.Headers.ETag is { Count: > 0 } tag ? tag.ToString() : null,
        };
        try
        {
            await trail.Record(ended);
        }
        catch (Exception e) when (GrainFaults.IsStore(e) || e is TimeoutException or OrleansException)
        {
            LogEndMissing(asked.Method!, asked.Path!, asked.Id, response.StatusCode, e.Message);
        }
    }

    private static string? Cut(string text) => text.Length == 0 ? null : text.Length <= MostText ? text : text[..MostText];

    [LoggerMessage(EventName = "audit_end_missing", Level = LogLevel.Error,
        Message = "The audit trail does not say how {Method} {Path} ({ChangeId}) ended: it was {Status}. {Reason}")]
    private partial void LogEndMissing(string method, string path, string changeId, int status, string reason);
}
