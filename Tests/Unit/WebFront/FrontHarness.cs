using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrleansGateway.Tests.TestKit;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace OrleansGateway.Tests;

/// <summary>The web front over a real Kestrel, with hand-written grains behind it.</summary>
internal sealed class FrontHarness : IAsyncDisposable
{
    public const string AdminKeyText = "an-admin-key-that-is-long-enough-for-anyone";

    private readonly WebApplication _app;

    private FrontHarness(WebApplication app, FakeGrainFactory grains, LogSink logs)
    {
        (_app, Grains, Logs) = (app, grains, logs);
        Secret = grains.AddKey();
        Client = PlainClient.Create(new Uri(app.Urls.Single()));
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
    }

    public FakeGrainFactory Grains { get; }

    public LogSink Logs { get; }

    public string Secret { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<FrontHarness> StartAsync(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection(
        [
            new("Urls", "http://127.0.0.1:0"), new("Gateway:ManagementUrls", "http://127.0.0.1:0"), new(AdminKey.Setting, AdminKeyText),
            .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
        ]);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var grains = new FakeGrainFactory();
        var logs = new LogSink();
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Information);
        builder.Services.AddSingleton<IGrainFactory>(grains).AddClusterPool();
        builder.Services.AddSingleton<Serilog.ILogger>(new LoggerConfiguration().WriteTo.Sink(logs).CreateLogger());

        var faults = new List<string>();
        var options = GatewayOptions.Read(builder.Configuration, faults);
        var adminKey = AdminKey.Read(builder.Configuration, faults);
        if (faults.Count > 0) throw new SettingsException(faults);
        builder.Services.AddManagement(options);
        var app = builder.AddWebFront(options, adminKey).Build();
        app.MapWebFront();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new FrontHarness(app, grains, logs);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string body, string contentType = "application/json") =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType)) });

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return JsonSerializer.Deserialize<JsonElement>(bytes);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(TestContext.Current.CancellationToken);
        await _app.DisposeAsync();
    }

    /// <summary>Keeps every event.</summary>
    internal sealed class LogSink : ILoggerProvider, Microsoft.Extensions.Logging.ILogger, ILogEventSink
    {
        public ConcurrentQueue<(LogLevel Level, string? Name, string Text, IReadOnlyDictionary<string, object?> Fields)> Events { get; } = new();

        public Microsoft.Extensions.Logging.ILogger CreateLogger(string categoryName) => this;

        public void Emit(LogEvent logEvent) => Events.Enqueue((
            LevelConvert.ToExtensionsLevel(logEvent.Level),
            logEvent.Properties.GetValueOrDefault("EventId") is StructureValue { Properties: [{ Value: ScalarValue { Value: string name } }] } ? name : null,
            logEvent.RenderMessage(CultureInfo.InvariantCulture),
            logEvent.Properties.ToDictionary(field => field.Key, field => (field.Value as ScalarValue)?.Value)));

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var fields = (state as IReadOnlyList<KeyValuePair<string, object?>>)?.ToDictionary(field => field.Key, field => field.Value) ?? [];
            Events.Enqueue((logLevel, eventId.Name, formatter(state, exception), fields));
        }

        public void Dispose()
        {
        }
    }
}
