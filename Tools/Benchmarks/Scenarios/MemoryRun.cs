using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.LoadTest;
using OrleansGateway.Soak;

namespace OrleansGateway.Benchmarks;

/// <summary>
/// What a tenant keeps of the heap: while it is active, and once it is idle and its activations have been collected. The gateway runs in this process, so that its
/// heap can be collected and measured to the byte; each tenant was called once, through HTTP.
/// </summary>
internal static class MemoryRun
{
    public const string Usage = "dotnet run -c Release --project Tools/Benchmarks -- memory [--tenants 10000]";

    private const int WarmUpTenants = 200;
    private const int Loops = 32;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(string[] args)
    {
        var tenants = Arguments.Read(args, "--tenants").Whole("--tenants", 10_000);
        using var folder = new ScratchFolder("memory");
        await using var upstream = await FixedUpstream.StartAsync(0, events: 2, TimeSpan.Zero);
        await using var app = await SiloHost.BuildAsync([], builder => builder.Configuration.AddInMemoryCollection(Settings(folder.Path, upstream.BaseAddress)));
        await app.StartAsync();

        await CallAsync(app, "warm-up", WarmUpTenants);
        await CollectAsync(app);
        var before = Heap();
        await CallAsync(app, "tenant", tenants);
        var active = Heap();
        var left = await CollectAsync(app);
        var idle = Heap();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{tenants:N0} tenants, each called once: {(active - before) / (double)tenants:N0} bytes of heap a tenant while active, "
            + $"{(idle - before) / (double)tenants:N0} once idle ({left:N0} activations left)"));
        await app.StopAsync();
    }

    private static IEnumerable<KeyValuePair<string, string?>> Settings(string folder, string upstream) =>
    [
        .. ScenarioGateway.Settings(folder, upstream).Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
        new("Urls", "http://127.0.0.1:0"),
        new("Gateway:SiloPort", $"{Ports.Free()}"),
        new("Gateway:GatewayPort", $"{Ports.Free()}"),
        new("Serilog:MinimumLevel:Default", "Warning"),
    ];

    /// <summary>Leaves nothing of its own behind: neither keys nor connections.</summary>
    private static async Task CallAsync(WebApplication app, string prefix, int tenants)
    {
        var url = new Uri(app.Urls.First());
        using var admin = new GatewayAdmin(url, ScenarioGateway.AdminKey);
        var opened = await admin.OpenAsync(prefix, tenants, keys: 1, CancellationToken.None);
        using var loop = new ClosedLoop(new LoadTestOptions { Url = url }, Loops);
        await loop.TouchAsync(opened);
    }

    /// <summary>Has all activations collected that are not in use; how many are left.</summary>
    private static async Task<int> CollectAsync(WebApplication app)
    {
        var management = app.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
        var started = TimeProvider.System.GetTimestamp();
        for (var (last, same) = (-1, 0); same < 10 && TimeProvider.System.GetElapsedTime(started) < Longest;)
        {
            await management.ForceActivationCollection(TimeSpan.Zero);
            await Task.Delay(Beat);
            var count = await management.GetTotalActivationCount();
            (last, same) = (count, count == last ? same + 1 : 0);
        }
        return await management.GetTotalActivationCount();
    }

    private static long Heap()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
