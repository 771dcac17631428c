using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OrleansGateway.LoadTest;

/// <summary>The gateway's admin API, as far as a load test needs it.</summary>
internal sealed class GatewayAdmin : IDisposable
{
    private const int AtOnce = 64;

    private readonly HttpClient _http;

    public GatewayAdmin(Uri gateway, string adminKey)
    {
        _http = new HttpClient { BaseAddress = new Uri(gateway, "/admin/v1/"), Timeout = TimeSpan.FromSeconds(60) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminKey);
    }

    /// <summary>Opens tenants that no limit and no budget will stop, though both are checked, and issues their keys.</summary>
    public async Task<IReadOnlyList<LoadTenant>> OpenAsync(string prefix, int tenants, int keys, CancellationToken cancellationToken)
    {
        var opened = new LoadTenant[tenants];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, tenants, parallel, async (i, stop) => opened[i] = await OpenAsync($"{prefix}-{i + 1}", keys, stop));
        return opened;
    }

    public Task<JsonElement> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null, CancellationToken.None);

    public void Dispose() => _http.Dispose();

    private async Task<LoadTenant> OpenAsync(string id, int keys, CancellationToken cancellationToken)
    {
        await SendAsync(HttpMethod.Post, "tenants", $$"""
            {"id":"{{id}}","limits":{"requestsPerMinute":1000000000,"tokensPerMinute":1000000000000,"concurrentRequests":1000000},
             "budgets":[{"window":"month","limitUsd":1000000000},{"window":"day","limitUsd":100000000}]}
            """, cancellationToken);
        var issued = new string[keys];
        for (var i = 0; i < keys; i++) issued[i] = (await SendAsync(HttpMethod.Post, $"tenants/{id}/keys", "{}", cancellationToken)).GetProperty("key").GetString()!;
        return new LoadTenant(id, issued);
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"{method} {_http.BaseAddress}{path} gave {(int)response.StatusCode}: {text}", null, response.StatusCode);
        return JsonDocument.Parse(text).RootElement;
    }
}
