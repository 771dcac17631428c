using System.Text.Json;
using OrleansGateway.Admin;

namespace OrleansGateway;

/// <summary><c>GET /v1/requests/{id}</c>: one request of the caller's tenant, what was decided about it and what it cost.</summary>
internal sealed class RequestEndpoint(TimeProvider time)
{
    public async Task ServeAsync(Exchange exchange)
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
