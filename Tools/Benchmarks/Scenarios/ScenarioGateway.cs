using OrleansGateway.LoadTest;
using OrleansGateway.Soak;

namespace OrleansGateway.Benchmarks;

/// <summary>The gateway as it is shipped, in a process of its own on the embedded store, for a scenario to measure.</summary>
internal sealed class ScenarioGateway : IAsyncDisposable
{
    public const string AdminKey = "benchmark-admin-key-0123456789abcdef";

    private readonly SiloNode _silo;

    private ScenarioGateway(SiloNode silo)
    {
        _silo = silo;
        Admin = new GatewayAdmin(Url, AdminKey);
    }

    public GatewayAdmin Admin { get; }

    public Uri Url => _silo.Http.BaseAddress!;

    public ProcessGroup Process => new("gateway", [_silo.Pid]);

    /// <summary>What the gateway of every scenario is told.</summary>
    public static Dictionary<string, string> Settings(string dataDirectory, string upstream) => new()
    {
        ["HOLYSHEEP_API_KEY"] = "upstream-key",
        ["HOLYSHEEP_BASE_URL"] = upstream,
        ["GATEWAY_ADMIN_KEY"] = AdminKey,
        ["DOTNET_ENVIRONMENT"] = "Production",
        ["Gateway:DataDirectory"] = dataDirectory,
        ["Gateway:ManagementUrls"] = "",
        ["Gateway:AdvertisedAddress"] = "127.0.0.1",
    };

    /// <summary>Returns once it serves.</summary>
    public static async Task<ScenarioGateway> StartAsync(string folder, string upstream, params (string Name, string Value)[] more)
    {
        var settings = Settings(Path.Combine(folder, "data"), upstream);
        foreach (var (name, value) in more) settings[name] = value;
        var silo = new SiloNode("gateway", settings, Path.Combine(folder, "gateway.log"), TimeProvider.System);
        try
        {
            await silo.StartAsync(CancellationToken.None);
            return new ScenarioGateway(silo);
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>A steady load of its tenants.</summary>
    public LoadTestOptions Load(double rate, TimeSpan warmUp, TimeSpan duration) =>
        new() { Url = Url, Rate = rate, WarmUp = warmUp, Duration = duration, Processes = [Process] };

    /// <summary>Ends it as an operator would.</summary>
    public Task StopAsync() => _silo.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _silo.DisposeAsync();
    }
}
