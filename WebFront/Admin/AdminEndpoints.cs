using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OrleansGateway.Admin;

/// <summary>The control plane's table of contents.</summary>
internal static class AdminEndpoints
{
    public const string Root = "/admin/v1";

    /// <summary>Needs an <see cref="IGrainFactory"/>, which an Orleans client or silo brings.</summary>
    public static IServiceCollection AddAdmin(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RequestIds>();
        return services
            .AddSingleton<AdminAudit>()
            .AddSingleton<TenantDirectory>()
            .AddSingleton<TenantsApi>()
            .AddSingleton<ApiKeysApi>()
            .AddSingleton<EndUsersApi>()
            .AddSingleton<AdjustmentsApi>()
            .AddSingleton<HoldsApi>()
            .AddSingleton<WebhooksApi>()
            .AddSingleton<QuotaApi>()
            .AddSingleton<LedgerApi>()
            .AddSingleton<RequestsApi>()
            .AddSingleton<UsageApi>()
            .AddSingleton<ReconciliationsApi>()
            .AddSingleton<BookApi>()
            .AddSingleton<CatalogApi>()
            .AddSingleton<ClusterApi>()
            .AddSingleton<AuditApi>()
            .AddSingleton<ProvidersApi>();
    }

    /// <summary>
    /// Maps everything under <c>/admin/v1</c>, and the refusals for all that is not there. Does not authenticate: the caller adds
    /// that filter to the group, and it runs before any body is read.
    /// </summary>
    public static RouteGroupBuilder MapAdmin(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup(Root);
        group.AddEndpointFilter<RouteGroupBuilder, AdminFailures>();

        group.Route("/tenants",
            ("GET", (HttpRequest request, TenantsApi api) => api.ListAsync(request)),
            ("POST", (HttpRequest request, TenantsApi api) => api.CreateAsync(request)));
        group.Route("/tenants/{tenant}",
            ("GET", (HttpRequest request, string tenant, TenantsApi api) => api.GetAsync(request, tenant)),
            ("PATCH", (HttpRequest request, string tenant, TenantsApi api) => api.PatchAsync(request, tenant)),
            ("DELETE", (HttpRequest request, string tenant, TenantsApi api) => api.SuspendAsync(request, tenant)));
        group.Route("/tenants/{tenant}/keys",
            ("GET", (HttpRequest request, string tenant, ApiKeysApi api) => api.ListAsync(request, tenant)),
            ("POST", (HttpRequest request, string tenant, ApiKeysApi api) => api.CreateAsync(request, tenant)));
        group.Route("/tenants/{tenant}/keys/{key}",
            ("GET", (HttpRequest request, string tenant, string key, ApiKeysApi api) => api.GetAsync(request, tenant, key)),
            ("PATCH", (HttpRequest request, string tenant, string key, ApiKeysApi api) => api.PatchAsync(request, tenant, key)),
            ("DELETE", (HttpRequest request, string tenant, string key, ApiKeysApi api) => api.RevokeAsync(request, tenant, key)));
        group.Route("/tenants/{tenant}/keys/{key}/rotate",
            ("POST", (HttpRequest request, string tenant, string key, ApiKeysApi api) => api.RotateAsync(request, tenant, key)));
        group.Route("/tenants/{tenant}/users",
            ("GET", (HttpRequest request, string tenant, EndUsersApi api) => api.ListAsync(request, tenant)));
        group.Route("/tenants/{tenant}/users/{user}",
            ("GET", (HttpRequest request, string tenant, EndUsersApi api) => api.GetAsync(request, tenant)),
            ("PUT", (HttpRequest request, string tenant, EndUsersApi api) => api.PutAsync(request, tenant)),
            ("DELETE", (HttpRequest request, string tenant, EndUsersApi api) => api.DeleteAsync(request, tenant)));
        group.Route("/tenants/{tenant}/quota",
            ("GET", (HttpRequest request, string tenant, QuotaApi api) => api.GetAsync(request, tenant)));
        group.Route("/tenants/{tenant}/adjustments",
            ("POST", (HttpRequest request, string tenant, AdjustmentsApi api) => api.BookAsync(request, tenant)));
        group.Route("/tenants/{tenant}/webhooks/deliveries",
            ("GET", (HttpRequest request, string tenant, WebhooksApi api) => api.DeliveriesAsync(request, tenant)));
        group.Route("/tenants/{tenant}/webhooks/deliveries/{delivery}/redeliver",
            ("POST", (HttpRequest request, string tenant, string delivery, WebhooksApi api) => api.RedeliverAsync(request, tenant, delivery)));
        group.Route("/tenants/{tenant}/webhooks/test",
            ("POST", (HttpRequest request, string tenant, WebhooksApi api) => api.TestAsync(request, tenant)));
        group.Route("/tenants/{tenant}/ledger",
            ("GET", (HttpRequest request, string tenant, LedgerApi api) => api.GetAsync(request, tenant)));
        group.Route("/tenants/{tenant}/requests/{id}",
            ("GET", (HttpRequest request, string tenant, string id, RequestsApi api) => api.GetAsync(request, tenant, id)));
        group.Route("/tenants/{tenant}/usage",
            ("GET", (HttpRequest request, string tenant, UsageApi api) => api.GetAsync(request, tenant)));
        group.Route("/tenants/{tenant}/reconciliations",
            ("POST", (HttpRequest request, string tenant, ReconciliationsApi api) => api.PostAsync(request, tenant)));
        group.Route("/reconciliations",
            ("POST", (HttpRequest request, ReconciliationsApi api) => api.PostAsync(request, tenant: null)));
        group.Route("/tenants/{tenant}/book",
            ("GET", (HttpRequest request, string tenant, BookApi api) => api.GetAsync(request, tenant)));
        group.Route("/tenants/{tenant}/book/recovery",
            ("POST", (HttpRequest request, string tenant, BookApi api) => api.RecoverAsync(request, tenant)));
        group.Route("/tenants/{tenant}/holds",
            ("GET", (HttpRequest request, string tenant, HoldsApi api) => api.ListAsync(request, tenant)));
        group.Route("/tenants/{tenant}/holds/{requestId}/{attempt}/resolve",
            ("POST", (HttpRequest request, string tenant, string requestId, string attempt, HoldsApi api) => api.ResolveAsync(request, tenant, requestId, attempt)));
        group.Route("/catalog",
            ("GET", (HttpRequest request, CatalogApi api) => api.GetAsync(request)),
            ("PUT", (HttpRequest request, CatalogApi api) => api.PutAsync(request)));
        group.Route("/providers",
            ("GET", (HttpRequest request, ProvidersApi api) => api.GetAsync(request)));
        group.Route("/audit",
            ("GET", (HttpRequest request, AuditApi api) => api.GetAsync(request)));
        group.Route("/cluster",
            ("GET", (HttpRequest request, ClusterApi api) => api.GetAsync(request)));

        group.MapFallback("{**path}", (HttpRequest request) => new AdminProblem(ProblemKind.UnknownRoute, $"The control plane has no {request.Path}."));
        return group;
    }

    // A fallback would take a wrong method for a wrong address, so each address refuses the methods that it lacks by itself.
    private static void Route(this RouteGroupBuilder group, string pattern, params (string Method, Delegate Handler)[] handlers)
    {
        foreach (var (method, handler) in handlers) group.MapMethods(pattern, [method], handler);
        var allow = string.Join(", ", handlers.Select(handler => handler.Method));
        group.Map(pattern, (HttpContext http) =>
        {
            http.Response.Headers.Allow = allow;
            return new AdminProblem(ProblemKind.MethodNotAllowed, $"This address takes {allow}.");
        });
    }
}
