using Microsoft.AspNetCore.Hosting.Server;

namespace OrleansGateway;

/// <summary>The silo's table of contents: what one process is put together from.</summary>
internal static class SiloHost
{
    /// <summary>Longer than the longest answer that a stopping silo still finishes.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(150);

    private static readonly TimeSpan StartPause = TimeSpan.FromSeconds(1);

    /// <summary>Runs a silo until the process is told to stop; 1 when it could not start.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            while (true)
            {
                await using var app = await BuildAsync(args);
                try
                {
                    if (!await app.TryStartAsync()) return 0;
                }
                catch (Exception e) when (StartFault.MayPass(e))
                {
                    // Lost after it was found there, before this silo had joined the cluster: waited for from the beginning.
                    await Console.Error.WriteLineAsync($"The store or the API server went away while this process started; it starts again: {e.Message}");
                    await Task.Delay(StartPause, TimeProvider.System, app.Lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (app.Lifetime.ApplicationStopping.IsCancellationRequested) return 0;
                    continue;
                }

                await app.WaitForShutdownAsync();
                return 0;
            }
        }
        catch (Exception e) when (StartFault.MessageOf(e) is { } message)
        {
            await Console.Error.WriteLineAsync(message);
            return 1;
        }
    }

    /// <summary>The same, not yet started; throws <see cref="SettingsException"/> with every fault of the settings.</summary>
    public static async Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder>? customize = null)
    {
        // Settings stand beside the program; the data directory is where the operator stands.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        customize?.Invoke(builder);
        var settings = SiloSettings.Read(builder.Configuration);

        if (settings.Gateway.Storage == StoreKind.Redis) builder.Services.AddClusterTime();
        builder.AddGatewayLogging();
        builder.AddGatewayTelemetry(settings.Gateway, settings.Otel, "silo");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddManagement(settings.Gateway);
        await builder.AddProvidersAsync(settings);
        builder.AddStore(settings);
        builder.Services.AddSingleton<IReadinessCheck, StoreReadiness>();
        builder.Services.AddHostedService<FreePortsCheck>();
        builder.AddOrleansSilo(settings);
        builder.Services.AddWebhooks(settings.Webhooks, settings.Production);
        if (settings.Gateway.Http) builder.AddWebFront(settings.Gateway, settings.AdminKey);
        else builder.Services.AddSingleton<IServer, NoServer>();
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<FirstStart>();

        var app = builder.Build();
        // Before anything of Orleans is made, which keeps the time of that moment: a wrong clock is set right once here. A store that is away is waited for later.
        if (app.Services.GetService<ClockComparison>() is { } clocks) await clocks.TryCompareAsync();
        // Read from the start, also before there is a tenant: what is not there cannot be seen to grow.
        _ = app.Services.GetRequiredService<TenantInstruments>();
        _ = app.Services.GetRequiredService<BookInstruments>();
        if (settings.Gateway.Http) app.MapWebFront();
        app.Lifetime.ApplicationStarted.Register(() => _ = app.Services.GetRequiredService<FirstStart>().WelcomeAsync(app.Urls.FirstOrDefault()));
        return app;
    }
}
