using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Someone's webhook on loopback, which checks signatures by itself and fails as often as it is told to.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _received = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private int _failures;

    private WebhookReceiver(int failures)
    {
        _failures = failures;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapPost("/hook", ReceiveAsync);
        _app.MapPost("/moved", () => Results.Redirect("/hook", permanent: false, preserveMethod: true));
    }

    public string Url => _app.Urls.First() + "/hook";

    public IReadOnlyList<Received> All => [.. _received];

    /// <summary>Fails the next calls with 500; again 0 to accept all.</summary>
    public int FailNext
    {
        set => Volatile.Write(ref _failures, value);
    }

    /// <summary>Starts one that fails the first calls.</summary>
    public static async Task<WebhookReceiver> StartAsync(int failures = 0)
    {
        var receiver = new WebhookReceiver(failures);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Returns when this many further calls have been answered.</summary>
    public async Task WaitAsync(int calls)
    {
        for (var i = 0; i < calls; i++) Assert.True(await _arrived.WaitAsync(TimeSpan.FromMinutes(3)), $"Only {_received.Count} calls came.");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _arrived.Dispose();
    }

    private async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        var accepted = Interlocked.Decrement(ref _failures) < 0;
        _received.Enqueue(new Received(
            request.Headers["webhook-id"].Single()!,
            request.Headers["webhook-timestamp"].Single()!,
            request.Headers["webhook-signature"].Single()!,
            request.ContentType!, body, accepted));
        request.HttpContext.Response.OnCompleted(() =>
        {
            _arrived.Release();
            return Task.CompletedTask;
        });
        return accepted ? Results.NoContent() : Results.StatusCode(500);
    }
}

/// <summary>One call of a webhook.</summary>
internal sealed record Received(string Id, string Timestamp, string Signature, string ContentType, string Body, bool Accepted)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>Verifies as a receiver would, by the specification and none of the gateway's code: the secret's base64 part is the key.</summary>
    public bool IsSignedWith(string secret)
    {
        using var hmac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
        var expected = Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}")));
        return Signature.Split(' ').Any(s => s.Split(',') is ["v1", var signature] && signature == expected);
    }
}
