using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Admin;

namespace OrleansGateway.Tests.TestKit;

/// <summary>The control plane on a socket of its own, over <see cref="FakeAdminGrains"/>.</summary>
internal sealed class FakeAdminHost : IAsyncDisposable, ILoggerProvider
{
    private readonly WebApplication _app;
    private readonly List<string> _log = [];

    private FakeAdminHost(bool denyAll)
    {
        Grains = new FakeAdminGrains(Time);
        // No files are watched and no settings read: a host takes milliseconds.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Logging.AddProvider(this);
        builder.Services.AddSingleton<TimeProvider>(Time).AddSingleton<IGrainFactory>(Grains).AddAdmin();
        _app = builder.Build();
        var group = _app.MapAdmin();
        if (denyAll) group.AddEndpointFilter((_, _) => ValueTask.FromResult<object?>(Results.StatusCode(401)));
    }

    public FakeTimeProvider Time { get; } = new NoPauseClock(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), TimeSpan.FromSeconds(2));

    public FakeAdminGrains Grains { get; }

    public HttpClient Client { get; private set; } = null!;

    /// <summary>What is logged so far; the server may still log the end of a request that has been answered.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (_log) return [.. _log];
        }
    }

    public static async Task<FakeAdminHost> StartAsync(bool denyAll = false)
    {
        var host = new FakeAdminHost(denyAll);
        await host._app.StartAsync();
        host.Client = PlainClient.Create(new Uri(host._app.Urls.Single() + AdminEndpoints.Root + "/"));
        return host;
    }

    /// <summary>Sends one request; the path is relative to the control plane's root.</summary>
    public async Task<FakeAdminReply> SendAsync(
        string method, string path, string? body = null, string? ifMatch = null, string contentType = "application/json", string? accept = null) =>
        await SendAsync(method, path, body is null ? null : Encoding.UTF8.GetBytes(body), ifMatch, contentType, accept);

    public async Task<FakeAdminReply> SendAsync(string method, string path, byte[]? body, string? ifMatch = null, string? contentType = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            if (contentType is not null) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await Client.SendAsync(request);
        return new FakeAdminReply(
            (int)response.StatusCode,
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
            await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => new Lines(this, categoryName);

    void IDisposable.Dispose() { }

    private sealed class Lines(FakeAdminHost host, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (host._log) host._log.Add($"{logLevel} {category} {eventId.Name} {formatter(state, exception)} {exception}");
        }
    }
}

/// <summary>What came back.</summary>
internal sealed record FakeAdminReply(int Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? ETag => Headers.GetValueOrDefault("ETag");

    /// <summary>The last part of the problem's type.</summary>
    public string Problem
    {
        get
        {
            Assert.Equal("application/problem+json", Headers["Content-Type"]);
            Assert.Equal(Status, (int)Json["status"]!);
            Assert.NotEqual("", (string?)Json["title"]);
            Assert.NotEqual("", (string?)Json["detail"]);
            return ((string)Json["type"]!)["urn:orleansgateway:problem:".Length..];
        }
    }

    /// <summary>The paths that the problem names, in their order.</summary>
    public string Faults => string.Join(' ', Json["errors"]!.AsObject().Select(fault => fault.Key));
}
