using System.Globalization;

namespace OrleansGateway.Admin;

/// <summary>What became of a tenant's events: <c>/tenants/{tenant}/webhooks</c>.</summary>
internal sealed class WebhooksApi(TenantDirectory directory, IGrainFactory grains, AdminAudit audit)
{
    private const int MaxIdLength = 64;

    public async Task<IResult> DeliveriesAsync(HttpRequest request, string tenant)
    {
        var query = new AdminQuery(request, "status", "cursor", "limit");
        var status = StatusOf(query);
        var before = CursorOf(query);
        var limit = query.Limit();
        if (query.Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;

        var found = await Webhooks(tenant).Deliveries(status, before, limit + 1);
        var page = found.Length > limit ? found[..limit] : found;
        return AdminAnswer.Ok(new DeliveryPageJson(
            [.. page.Select(DeliveryJson.Of)], found.Length > limit ? page[^1].Number.ToString(CultureInfo.InvariantCulture) : null));
    }

    public async Task<IResult> RedeliverAsync(HttpRequest request, string tenant, string delivery)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if ((IfMatch.Refuse(request) ?? await AdminBody.RefuseAsync(request)) is { } unwanted) return unwanted;
        if (!(await directory.FindAsync(tenant)).Is(out _, out var problem)) return problem;
        if (delivery.Length > MaxIdLength || await Webhooks(tenant).Redeliver(delivery) is not { } begun)
            return new AdminProblem(ProblemKind.UnknownDelivery, $"Tenant {tenant} has no such delivery, or has forgotten it: the newest thousand of each status are kept.");
        audit.OnWebhook("webhook.redeliver", tenant, begun.Id);
        return new AdminAnswer(StatusCodes.Status202Accepted, DeliveryJson.Of(begun));
    }

    public async Task<IResult> TestAsync(HttpRequest request, string tenant)
    {
        if (new AdminQuery(request).Problem is { } wrongQuery) return wrongQuery;
        if ((IfMatch.Refuse(request) ?? await AdminBody.RefuseAsync(request)) is { } unwanted) return unwanted;
        if (!(await directory.FindAsync(tenant)).Is(out var record, out var problem)) return problem;
        if (record.Policy.Webhooks.IsEmpty) return new AdminProblem(ProblemKind.Conflict, $"Tenant {tenant} has no webhooks; PATCH it with some.");
        audit.OnWebhook("webhook.test", tenant, null);
        return AdminAnswer.Ok(new WebhookTestJson([.. await Webhooks(tenant).Test()]));
    }

    private IWebhookGrain Webhooks(string tenant) => grains.GetGrain<IWebhookGrain>(tenant);

    private static DeliveryStatus? StatusOf(AdminQuery query)
    {
        switch (query.Text("status", MaxIdLength))
        {
            case null:
                return null;
            case "pending":
                return DeliveryStatus.Pending;
            case "delivered":
                return DeliveryStatus.Delivered;
            case "dead":
                return DeliveryStatus.Dead;
            default:
                query.Refuse("status", "Must be one of pending, delivered, dead.");
                return null;
        }
    }

    private static long? CursorOf(AdminQuery query)
    {
        if (query.Text("cursor", MaxIdLength) is not { } cursor) return null;
        if (long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var before)) return before;
        query.Refuse("cursor", "Must be the nextCursor of an earlier page.");
        return null;
    }
}
