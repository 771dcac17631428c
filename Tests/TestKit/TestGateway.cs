using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OrleansGateway.Simulator;
using Serilog.Core;

namespace OrleansGateway.Tests.TestKit;

/// <summary>
/// A whole gateway in this process, on its own ports and data directory, with a simulator as its upstream: what a caller meets, sockets
/// included.
/// </summary>
internal sealed class TestGateway : IAsyncDisposable
{
    public const string AdminKey = "test-admin-key-0123456789abcdef0123456789";

    // Of the whole run: tests may share a store.
    private static int _tenants;

    private readonly WebApplication _app;
    private readonly WebApplication _simulator;
    private readonly TempFolder _data;

    private TestGateway(WebApplication app, WebApplication simulator, TempFolder data, LogCapture log)
    {
        _app = app;
        _simulator = simulator;
        _data = data;
        Log = log;
        Address = new Uri(app.Urls.First());
        Http = PlainClient.Create(Address, TimeSpan.FromSeconds(60));
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public LogCapture Log { get; }

    public SimulatorHandle Simulator => _simulator.GetSimulator();

    public IServiceProvider Services => _app.Services;

    /// <summary>Stands in a setting for the simulator's address, which nobody knows before it has started.</summary>
    public const string SimulatorAddress = "{simulator}";

    /// <summary>Starts one; settings as on the command line, the embedded store unless they say otherwise.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="time">The clock; the system's when not given.</param>
    /// <param name="upstream">The upstream's address; the simulator's when not given.</param>
    /// <param name="listed">The models that the simulator lists; its own when not given.</param>
    public static async Task<TestGateway> StartAsync(
        IReadOnlyDictionary<string, string?>? settings = null, TimeProvider? time = null, string? upstream = null, IReadOnlyList<string>? listed = null)
    {
        var options = new SimulatorOptions { Url = "http://127.0.0.1:0", KeepRequests = true };
        if (listed is not null) options.Models = listed;
        var simulator = UpstreamSimulatorHost.Create(options);
        await simulator.StartAsync();
        var data = new TempFolder();
        var log = new LogCapture();
        var app = await SiloHost.BuildAsync([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["HOLYSHEEP_API_KEY"] = "upstream-key",
                ["HOLYSHEEP_BASE_URL"] = upstream ?? simulator.GetSimulator().BaseAddress.ToString(),
                ["GATEWAY_ADMIN_KEY"] = AdminKey,
                ["DOTNET_ENVIRONMENT"] = "Production",
                ["Urls"] = "http://127.0.0.1:0",
                ["Gateway:ManagementUrls"] = "",
                ["Gateway:DataDirectory"] = data.Path,
                ["Gateway:SiloPort"] = Invariant(FreePorts.Next()),
                ["Gateway:GatewayPort"] = Invariant(FreePorts.Next()),
                ["Gateway:AdvertisedAddress"] = "127.0.0.1",
            });
            builder.Configuration.AddInMemoryCollection((settings ?? new Dictionary<string, string?>()).ToDictionary(
                s => s.Key, s => s.Value?.Replace(SimulatorAddress, simulator.GetSimulator().BaseAddress.ToString(), StringComparison.Ordinal)));
            builder.Services.AddSingleton<ILogEventSink>(log);
            if (time is not null) builder.Services.Replace(ServiceDescriptor.Singleton(time));
        });
        await app.StartAsync();
        return new TestGateway(app, simulator, data, log);
    }

    /// <summary>Opens a tenant over the admin API, with a policy in the contract's JSON, and issues it a key.</summary>
    public async Task<TestCaller> OpenTenantAsync(string policy = "{}")
    {
        var id = $"tenant-{Interlocked.Increment(ref _tenants)}";
        var tenant = JsonNode.Parse(policy)!.AsObject();
        tenant["id"] = id;
        await AdminAsync(HttpMethod.Post, "tenants", tenant.ToJsonString());
        var key = await AdminAsync(HttpMethod.Post, $"tenants/{id}/keys", "{}");
        return new TestCaller(this, id, key.GetProperty("id").GetString()!, key.GetProperty("key").GetString()!);
    }

    /// <summary>One call of the admin API that must succeed.</summary>
    public async Task<JsonElement> AdminAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/admin/v1/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path} gave {(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _simulator.StopAsync();
        await _simulator.DisposeAsync();
        _data.Dispose();
    }

    private static string Invariant(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A tenant of a <see cref="TestGateway"/> and a key of its.</summary>
internal sealed record TestCaller(TestGateway Gateway, string TenantId, string KeyId, string Key)
{
    public async Task<HttpResponseMessage> PostAsync(
        string path, string body, HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead, CancellationToken cancellationToken = default)
    {
        LeakWatch.OfTheRun.KeepPrompts(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return await Gateway.Http.SendAsync(request, completion, cancellationToken);
    }

    public Task<HttpResponseMessage> ChatAsync(string body, CancellationToken cancellationToken = default) =>
        PostAsync("/v1/chat/completions", body, cancellationToken: cancellationToken);

    public async Task<JsonElement> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        using var response = await Gateway.Http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    public Task<JsonElement> QuotaAsync() => GetAsync("/v1/quota");

    /// <summary>The tenant's whole ledger, over the admin API.</summary>
    public async Task<IReadOnlyList<JsonElement>> LedgerAsync()
    {
        var entries = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await Gateway.AdminAsync(HttpMethod.Get, $"tenants/{TenantId}/ledger?limit=1000{(cursor is null ? "" : "&cursor=" + cursor)}");
            entries.AddRange(page.GetProperty("entries").EnumerateArray());
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        return entries;
    }
}
