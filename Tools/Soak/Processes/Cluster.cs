using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using OrleansGateway.Simulator;

namespace OrleansGateway.Soak;

/// <summary>All that a soak runs on: a Redis, silos that it joins, and a simulated upstream in this process, which is never at fault by accident.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private const string AdminKey = "soak-admin-key-0123456789abcdef0123456789";

    private readonly WebApplication _simulator;

    private Cluster(WebApplication simulator, RedisNode redis, IReadOnlyList<SiloNode> silos) => (_simulator, Redis, Silos) = (simulator, redis, silos);

    public RedisNode Redis { get; }

    public IReadOnlyList<SiloNode> Silos { get; }

    public SimulatorHandle Simulator => _simulator.GetSimulator();

    public static async Task<Cluster> StartAsync(SoakOptions options, string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var simulator = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulator.StartAsync(cancellationToken);
        var redis = new RedisNode(folder);
        var settings = new Dictionary<string, string>
        {
            ["HOLYSHEEP_API_KEY"] = "upstream-key",
            ["HOLYSHEEP_BASE_URL"] = simulator.GetSimulator().BaseAddress.ToString(),
            ["GATEWAY_ADMIN_KEY"] = AdminKey,
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["Gateway:ManagementUrls"] = "",
            ["Gateway:AdvertisedAddress"] = "127.0.0.1",
            ["Gateway:Clustering"] = "Redis",
            ["Gateway:Storage"] = "Redis",
            ["ConnectionStrings:Redis"] = redis.Endpoint,
            ["Gateway:Tenants:AnswerHoldLife"] = $"{options.HoldLife:c}",
            ["Gateway:Tenants:StreamHoldLife"] = $"{options.HoldLife:c}",
            ["Gateway:Tenants:EntriesPerSnapshot"] = "200",
        };
        if (options.Upstream > 0)
        {
            settings["Gateway:Providers:holysheep:BaseAddress"] = settings["HOLYSHEEP_BASE_URL"];
            settings["Gateway:Providers:holysheep:ApiKey"] = settings["HOLYSHEEP_API_KEY"];
            settings["Gateway:Providers:holysheep:Limits:RequestsPerMinute"] = $"{60 * options.Upstream}";
            settings["Gateway:Providers:holysheep:QueueWait"] = "00:00:00.1";
        }
        var silos = Enumerable.Range(1, options.Silos).Select(i => new SiloNode($"silo-{i}", settings, Path.Combine(folder, $"silo-{i}.log"), time)).ToList();
        var cluster = new Cluster(simulator, redis, silos);
        try
        {
            await redis.StartAsync(cancellationToken);
            foreach (var silo in silos) await silo.StartAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>One call of the admin API at a silo that serves; throws when it does not succeed.</summary>
    public async Task<JsonElement> AdminAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/admin/v1/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        var silo = Silos.First(s => s is { HasEnded: false, InFault: false });
        using var response = await silo.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"{method} {path} gave {(int)response.StatusCode}: {text}", null, response.StatusCode);
        return JsonDocument.Parse(text).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Silos) await silo.DisposeAsync();
        await Redis.DisposeAsync();
        await _simulator.StopAsync();
        await _simulator.DisposeAsync();
    }
}
