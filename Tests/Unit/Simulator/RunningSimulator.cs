using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using OrleansGateway.Simulator;

namespace OrleansGateway.Tests.Unit.Simulator;

/// <summary>A simulator on a free port with a client that shows a key.</summary>
internal sealed class RunningSimulator : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningSimulator(WebApplication app)
    {
        _app = app;
        Handle = app.GetSimulator();
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Handle.BaseAddress, "/") };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk-secret");
    }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public SimulatorHandle Handle { get; }

    public HttpClient Client { get; }

    public IReadOnlyList<BilledCall> Billed => Handle.Bill.Snapshot().Calls;

    public static async Task<RunningSimulator> StartAsync(SimulatorScript? script = null, Action<SimulatorOptions>? configure = null)
    {
        var options = new SimulatorOptions { Url = "http://localhost:0", Script = script ?? SimulatorScript.Plain };
        configure?.Invoke(options);
        var app = UpstreamSimulatorHost.Create(options);
        await app.StartAsync(Cancel);
        return new RunningSimulator(app);
    }

    public static JsonObject Chat(string text = "Tell me about the weather", bool stream = false) => new()
    {
        ["model"] = "gpt-4.1",
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }),
        ["stream"] = stream,
        ["stream_options"] = stream ? new JsonObject { ["include_usage"] = true } : null,
    };

    public Task<HttpResponseMessage> PostAsync(JsonObject body, string path = "v1/chat/completions", CancellationToken? cancel = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel ?? Cancel);
    }

    /// <summary>The answer as JSON, whatever its status.</summary>
    public async Task<JsonElement> AskAsync(JsonObject body, string path = "v1/chat/completions")
    {
        using var response = await PostAsync(body, path);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement;
    }

    /// <summary>The bytes that came, and the exception that ended them, if one did.</summary>
    public async Task<(string Text, Exception? Broken)> ReadAsync(JsonObject body)
    {
        using var response = await PostAsync(body);
        return await ReadAsync(response);
    }

    public static async Task<(string Text, Exception? Broken)> ReadAsync(HttpResponseMessage response)
    {
        var bytes = new MemoryStream();
        try
        {
            await response.Content.CopyToAsync(bytes, Cancel);
            return (Encoding.UTF8.GetString(bytes.ToArray()), null);
        }
        catch (HttpRequestException broken)
        {
            return (Encoding.UTF8.GetString(bytes.ToArray()), broken);
        }
    }

    /// <summary>The stream's events as JSON, without <c>[DONE]</c>.</summary>
    public async Task<List<JsonElement>> StreamAsync(JsonObject body) => Events((await ReadAsync(body)).Text);

    public static List<JsonElement> Events(string text) =>
        [.. text
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(data => data != "data: [DONE]")
            .Select(data => JsonDocument.Parse(data["data: ".Length..]).RootElement)];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
