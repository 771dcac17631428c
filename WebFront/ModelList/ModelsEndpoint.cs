using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>: what this caller may call, with prices.</summary>
internal sealed class ModelsEndpoint(TimeProvider time)
{
    public async Task ServeListAsync(Exchange exchange) =>
        await JsonAnswer.WriteAsync(exchange.Response, (await ModelsAsync(exchange), time.GetUtcNow()), ModelJson.WriteList);

    public async Task ServeOneAsync(Exchange exchange)
    {
        // Routing leaves an encoded slash as it is, for it would part segments; in a model's id it does not.
        var id = ((string?)exchange.Http.Request.RouteValues["id"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        exchange.Model = id;
        foreach (var model in await ModelsAsync(exchange))
        {
            if (!string.Equals(model.Id, id, StringComparison.Ordinal)) continue;
            await JsonAnswer.WriteAsync(exchange.Response, (model, time.GetUtcNow()), ModelJson.Write);
            return;
        }

        await exchange.RefuseAsync(Denials.ModelNotFound(id), time);
    }

    private Task<ImmutableArray<CatalogModel>> ModelsAsync(Exchange exchange) => GrainCall.RepeatAsync(
        (Tenant: exchange.Caller.Tenant, exchange.Caller.KeyId), static asked => asked.Tenant.Models(asked.KeyId), time);
}
