using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Dashboard;

namespace OrleansGateway;

/// <summary>The Orleans dashboard: what silos tell one another for it, and its pages on each silo's management listener.</summary>
internal static class DashboardRegistration
{
    public static void AddGatewayDashboard(this ISiloBuilder silo, AdminKey adminKey)
    {
        // The live log would show to a browser what is meant for the operator's log store.
        silo.AddDashboard(options => options.HideTrace = true);
        silo.Services.TryAddSingleton(adminKey);
        silo.Services.TryAddSingleton<PeerAddress>();
        silo.Services.TryAddSingleton<RefusedKeys>();
        silo.Services.TryAddSingleton<AdminAuthentication>();
        silo.Services.AddSingleton<IManagementRoutes, DashboardRoutes>();
    }
}
