using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OrleansGateway.Benchmarks;

/// <summary>
/// An upstream that costs as little as this runtime can: the same answer to everyone, or the same events at a steady pace. It keeps no bill and takes no scripts;
/// for those there is the simulator.
/// </summary>
internal sealed class FixedUpstream : IAsyncDisposable
{
    public const string Usage = "dotnet run -c Release --project Tools/Benchmarks -- upstream --port N [--events 50] [--event-ms 20]";

    private static readonly byte[] AsksForStream = "\"stream\":true"u8.ToArray();

    private readonly WebApplication _app;

    private FixedUpstream(WebApplication app) => _app = app;

    /// <summary>What an OpenAI client takes as its base address.</summary>
    public string BaseAddress => $"{_app.Urls.First()}/v1";

    public static async Task<FixedUpstream> StartAsync(int port, int events, TimeSpan between)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        var app = builder.Build();
        var stream = FixedAnswers.Events(events);
        app.Run(http => AnswerAsync(http, stream, between));
        await app.StartAsync();
        return new FixedUpstream(app);
    }

    /// <summary>Runs one until the process is told to stop.</summary>
    public static async Task RunAsync(string[] args)
    {
        var options = Arguments.Read(args, "--port", "--events", "--event-ms");
        await using var upstream = await StartAsync(options.Whole("--port", 0), options.Whole("--events", 50), TimeSpan.FromMilliseconds(options.Whole("--event-ms", 20)));
        Console.WriteLine($"serves {upstream.BaseAddress}");
        await upstream._app.WaitForShutdownAsync();
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext http, IReadOnlyList<byte[]> stream, TimeSpan between)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var response = http.Response;
        if (HttpMethods.IsGet(http.Request.Method))
        {
            response.ContentType = "application/json";
            await response.WriteAsync("""{"object":"list","data":[{"id":"gpt-4.1","object":"model","created":1767225600,"owned_by":"openai"}]}""");
            return;
        }

        if (body.GetBuffer().AsSpan(0, (int)body.Length).IndexOf(AsksForStream) < 0)
        {
            response.ContentType = "application/json";
            response.ContentLength = FixedAnswers.Completion.Length;
            await response.Body.WriteAsync(FixedAnswers.Completion);
            return;
        }

        response.ContentType = "text/event-stream; charset=utf-8";
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < stream.Count; i++)
        {
            // By the clock, so that a wait that took too long is not added to all that follow; the end marker comes with the last event.
            if (i < stream.Count - 1 && (between * i) - TimeProvider.System.GetElapsedTime(started) is { Ticks: > 0 } wait)
                await Task.Delay(wait, TimeProvider.System, http.RequestAborted);
            await response.Body.WriteAsync(stream[i], http.RequestAborted);
        }
    }
}
