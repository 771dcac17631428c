using System.Text.Json;
using OrleansGateway.Admin;

namespace OrleansGateway;

/// <summary><c>GET /v1/requests/{id}</c>: one request of the caller's tenant, what was decided about it and what it cost.</summary>
internal sealed class RequestEndpoint(TimeProvider time)
{
    /// <summary>The most that a tenant may ask a process for at once: what is asked for is searched in its book, one after the other, and costs nothing.</summary>
    internal const int MostAtOnce = 8;

    private static readonly GatewayError TooMany = new(
        GatewayErrorKind.RateLimitExceeded, $"Rate limit reached for this tenant: {MostAtOnce} requests are being looked up. Try again in 1 s, or ask for fewer at a time.");

    private readonly Dictionary<string, int> _asking = [];

    public async Task ServeAsync(Exchange exchange)
    {
        var tenant = exchange.Caller.TenantId;
        lock (_asking)
        {
            var count = _asking.GetValueOrDefault(tenant);
            if (count < MostAtOnce) _asking[tenant] = count + 1;
            else tenant = null;
        }

        if (tenant is null)
        {
            await exchange.RefuseAsync(TooMany, time);
            return;
        }

        try
        {
            await FindAsync(exchange);
        }
        finally
        {
            lock (_asking)
                if (--_asking[tenant] == 0) _asking.Remove(tenant);
        }
    }

    private async Task FindAsync(Exchange exchange)
    {
        var id = (string?)exchange.Http.Request.RouteValues["id"] ?? "";
        if (await FindAsync(exchange.Caller.Tenant, id, time) is not { } report)
        {
            await exchange.RefuseAsync(Denials.RequestNotFound(id), time);
            return;
        }

        exchange.Response.Headers.CacheControl = "no-store";
        await JsonAnswer.WriteAsync(exchange.Response, JsonSerializer.SerializeToUtf8Bytes(RequestJson.Of(report), AdminJson.Options));
    }

    /// <summary>Text that cannot be an id of ours finds nothing, and reaches no grain.</summary>
    public static async Task<RequestReport?> FindAsync(ITenantGrain tenant, string id, TimeProvider time) => RequestIdFormat.TimeOf(id) is null
        ? null
        : await GrainCall.RepeatAsync((tenant, id), static asked => asked.tenant.FindRequest(asked.id), time);
}
