using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Soak;

namespace OrleansGateway.Benchmarks;

/// <summary>A silo in this process, as it is shipped but without HTTP, on a store of its own, with tenants that have limits and budgets to check.</summary>
internal sealed class PairsSilo : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly RedisNode? _redis;
    private readonly WebApplication _app;

    private PairsSilo(string store, DirectoryInfo folder, RedisNode? redis, WebApplication app, IReadOnlyList<Tenant> tenants) =>
        (Store, _folder, _redis, _app, Tenants) = (store, folder, redis, app, tenants);

    public string Store { get; }

    public IReadOnlyList<Tenant> Tenants { get; }

    /// <summary>Processor time of the store's own process; none for the embedded store, which is in this one.</summary>
    public TimeSpan StoreCpu => _redis?.Cpu ?? TimeSpan.Zero;

    public static async Task<PairsSilo> StartAsync(string store, int tenants)
    {
        var folder = Directory.CreateTempSubdirectory("orleans-gateway-pairs-");
        RedisNode? redis = null;
        if (store == "redis")
        {
            redis = new RedisNode(folder.FullName);
            await redis.StartAsync(CancellationToken.None);
        }
        var app = await SiloHost.BuildAsync([], builder => builder.Configuration.AddInMemoryCollection(Settings(folder.FullName, redis)));
        await app.StartAsync();
        var grains = app.Services.GetRequiredService<IGrainFactory>();
        var opened = new List<Tenant>(tenants);
        for (var i = 0; i < tenants; i++) opened.Add(await OpenAsync(grains, $"tenant-{i}"));
        return new PairsSilo(store, folder, redis, app, opened);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static Dictionary<string, string?> Settings(string folder, RedisNode? redis) => new()
    {
        ["Gateway:Http"] = "false",
        ["Gateway:ManagementUrls"] = "",
        ["Gateway:DataDirectory"] = folder,
        ["Gateway:SiloPort"] = $"{Ports.Free()}",
        ["Gateway:GatewayPort"] = $"{Ports.Free()}",
        ["Gateway:Storage"] = redis is null ? "Embedded" : "Redis",
        ["ConnectionStrings:Redis"] = redis?.Endpoint,
        // Never called: nothing here goes upstream.
        ["Gateway:Providers:holysheep:BaseAddress"] = "http://127.0.0.1:9/v1",
        ["Serilog:MinimumLevel:Default"] = "Warning",
    };

    private static async Task<Tenant> OpenAsync(IGrainFactory grains, string id)
    {
        var admin = grains.GetGrain<ITenantAdminGrain>(id);
        await admin.Open(new TenantPolicy
        {
            Id = id,
            Limits = new QuotaLimits { RequestsPerMinute = 1_000_000_000, TokensPerMinute = 1_000_000_000_000, ConcurrentRequests = 1_000_000 },
            Budgets =
            [
                new BudgetPolicy { Window = BudgetWindow.Month, LimitUsd = Money.FromUsd(1_000_000_000m) },
                new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.FromUsd(100_000_000m) },
            ],
        });
        var issued = (AdminOutcome<IssuedApiKey>.Done)await admin.IssueKey(new ApiKeyChange());
        return new Tenant(grains.GetGrain<ITenantGrain>(id), issued.Value.Record.Id);
    }

    /// <summary>A tenant and the key it is asked with.</summary>
    internal sealed record Tenant(ITenantGrain Grain, string KeyId);
}
