using Microsoft.Extensions.DependencyInjection.Extensions;
using OrleansGateway.Admin;

namespace OrleansGateway;

/// <summary>The web front's table of contents: what it is made of, and what it serves.</summary>
internal static class WebFrontHost
{
    /// <summary>Runs a web front on its own, as a client of the cluster.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = Build(args);
            if (await app.TryStartAsync()) await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception e) when (e is SettingsException or ListenException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    /// <summary>The same, not yet started.</summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? customize = null)
    {
        // Settings stand beside the program. Their folder is watched for changes: were it where the operator stands, each line of a log that is written there would be looked at.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        customize?.Invoke(builder);
        var faults = new List<string>();
        var options = GatewayOptions.Read(builder.Configuration, faults);
        var adminKey = AdminKey.Read(builder.Configuration, faults);
        ClusterClient.Check(options, builder.Configuration, faults);
        var otel = OtelSettings.Read(builder.Configuration, faults);
        if (faults.Count > 0) throw new SettingsException(faults);

        builder.Services.AddSilosTime();
        builder.AddGatewayLogging();
        builder.AddGatewayTelemetry(options, otel, "webfront");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(150));
        builder.Services.AddManagement(options); // before the cluster client, so that probes get answers while it waits
        builder.AddClusterClient(options, otel);
        builder.Services.AddClusterPool();
        builder.AddWebFront(options, adminKey);
        return builder.Build().MapWebFront();
    }

    /// <summary>The pool of a process without silo.</summary>
    public static IServiceCollection AddClusterPool(this IServiceCollection services)
    {
        services.AddSingleton<CallWatch>();
        services.AddSingleton<ClusterPool>();
        return services.AddSingleton<IProviderPool>(provider => provider.GetRequiredService<ClusterPool>());
    }

    /// <summary>Health on the management listener; for every process, with or without a data plane.</summary>
    public static IServiceCollection AddManagement(this IServiceCollection services, GatewayOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(options);
        services.TryAddSingleton<RequestIds>();
        services.TryAddSingleton<Readiness>();
        services.TryAddSingleton<HealthEndpoints>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IReadinessCheck, ClusterReadiness>());
        services.AddSingleton<ManagementServer>();
        services.AddHostedService(provider => provider.GetRequiredService<ManagementServer>());
        return services;
    }

    /// <summary>The data plane. Needs an <see cref="IGrainFactory"/>, an <see cref="IProviderPool"/>, and <see cref="AddManagement"/> for its health routes.</summary>
    public static WebApplicationBuilder AddWebFront(this WebApplicationBuilder builder, GatewayOptions options, AdminKey adminKey)
    {
        builder.AddGatewayListeners();
        builder.Services.AddGatewayCors(options.Cors);

        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(options);
        services.AddSingleton(adminKey);

        services.TryAddSingleton<RequestIds>();
        services.AddSingleton<CallerCache>();
        services.TryAddSingleton<PeerAddress>();
        services.TryAddSingleton<RefusedKeys>();
        services.AddSingleton<ApiKeyAuthentication>();
        services.TryAddSingleton<AdminAuthentication>();
        services.AddSingleton<AuditFilter>();
        services.AddSingleton<RequestLog>();
        services.TryAddSingleton<GatewayMeter>();
        services.AddSingleton<RequestInstruments>();
        services.TryAddSingleton(static provider => Capacity.OfThisProcess(provider.GetRequiredService<GatewayOptions>()));
        services.AddSingleton<DataPlane>();

        services.TryAddSingleton(static provider => BodyRoom.OfThisProcess(provider.GetRequiredService<GatewayOptions>()));
        services.AddSingleton<RequestBody>();
        services.AddSingleton<IdempotencyHeader>();
        services.AddSingleton<PoolAnswers>();
        services.AddSingleton<Gate>();
        services.AddSingleton<ModelsEndpoint>();
        services.AddSingleton<QuotaEndpoint>();
        services.AddSingleton<RequestEndpoint>();

        services.AddAdmin();
        return builder;
    }

    /// <summary>The routes.</summary>
    public static WebApplication MapWebFront(this WebApplication app)
    {
        var services = app.Services;
        app.UseGatewayCors(services.GetRequiredService<GatewayOptions>().Cors);
        services.GetRequiredService<HealthEndpoints>().Map(app);

        var plane = services.GetRequiredService<DataPlane>();
        plane.TellCapacity();
        foreach (var route in BillableRoutes.All) plane.MapBillable(app, route);
        plane.MapGet(app, "/v1/models", services.GetRequiredService<ModelsEndpoint>().ServeListAsync);
        plane.MapGet(app, "/v1/models/{**id}", services.GetRequiredService<ModelsEndpoint>().ServeOneAsync);
        plane.MapGet(app, "/v1/quota", services.GetRequiredService<QuotaEndpoint>().ServeAsync);
        plane.MapGet(app, "/v1/requests/{id}", services.GetRequiredService<RequestEndpoint>().ServeAsync);
        app.MapAdmin().AddEndpointFilter(services.GetRequiredService<AdminAuthentication>()).AddEndpointFilter(services.GetRequiredService<AuditFilter>());
        plane.MapUnknown(app);
        return app;
    }
}
