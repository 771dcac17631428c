using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OrleansGateway.Tests.TestKit.FakeKubernetes;

/// <summary>
/// An API server for <c>OrleansCluster</c> objects, leases and secrets, over real HTTP, with the semantics that matter to whoever writes them: versions and conflicts, the status
/// subresource, the definition's schema, server-side apply, watches that end, and all the ways in which an API server is not there.
/// </summary>
internal sealed partial class FakeApiServer : IAsyncDisposable
{
    private readonly string _host;
    private WebApplication? _app;
    private int _port;
    private volatile TaskCompletionSource? _held;
    private volatile bool _down;
    private int _throttled;
    private int _failing;
    private Func<ApiRequest, bool> _forbidden = _ => false;
    private Func<string, Task>? _before;

    private FakeApiServer(string host) => _host = host;

    public ObjectStore Store { get; } = new();

    public RequestCounts Requests { get; } = new();

    /// <summary>The token that is taken, at this moment; none is asked for when null.</summary>
    public string? Token { get; set; } = "first-token";

    /// <summary>Whether the definition has been applied.</summary>
    public bool IsDefined { get; set; } = true;

    /// <summary>Whether a watch from a forgotten version is told so by an event in an answer of 200, or by the answer.</summary>
    public bool SaysGoneInTheStream { get; set; }

    public Uri Address => new($"http://{_host}:{_port}");

    public static async Task<FakeApiServer> StartAsync(string host = "127.0.0.1")
    {
        var server = new FakeApiServer(host);
        await server.ListenAsync();
        return server;
    }

    /// <summary>As a kubeconfig with the token that is taken at this moment.</summary>
    public KubernetesClientConfiguration Configuration() => new() { Host = Address.ToString(), AccessToken = Token, Namespace = "default" };

    /// <summary>Connections are refused from now on, and those there are end.</summary>
    public async Task StopListeningAsync()
    {
        Store.EndWatches();
        if (_app is null) return;
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>Listens, on the same port as before if there was one.</summary>
    public async Task ListenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address.ToString());
        _app = builder.Build();
        _app.Run(ServeAsync);
        await _app.StartAsync();
        _port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
    }

    /// <summary>Every request is cut off without an answer, and every watch too.</summary>
    public void GoDown()
    {
        _down = true;
        Store.EndWatches();
    }

    public void ComeBack() => _down = false;

    /// <summary>Requests wait until the result is disposed.</summary>
    public IDisposable Hold()
    {
        _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Release(this);
    }

    /// <summary>The next requests are answered by 429: a definition just created.</summary>
    public void Throttle(int requests) => Volatile.Write(ref _throttled, requests);

    /// <summary>The next requests are answered by 500.</summary>
    public void Fail(int requests) => Volatile.Write(ref _failing, requests);

    /// <summary>Requests of these kinds, such as <c>create orleansclusters</c>, are answered by 403.</summary>
    public void Forbid(params string[] kinds) => _forbidden = request => kinds.Contains(request.Kind);

    /// <summary>What these rules do not let through is answered by 403.</summary>
    public void AllowOnly(IReadOnlyCollection<V1PolicyRule> rules) => _forbidden = request => !rules.Any(request.IsAllowedBy);

    /// <summary>Something that happens just before a request of a kind is carried out.</summary>
    public void Before(string kind, Func<Task> what) => _before = asked => asked == kind ? what() : Task.CompletedTask;

    public void Undisturbed() => _before = null;

    /// <summary>Takes a pod away, and what it owned with it.</summary>
    public void DeletePod(string uid)
    {
        foreach (var lease in Store.List(
                "leases/default",
                lease => lease["metadata"]?["ownerReferences"] is JsonArray owners && owners.Any(o => o?["uid"]?.GetValue<string>() == uid)).Objects)
            Store.Change("leases/default", lease["metadata"]!["name"]!.GetValue<string>(), _ => null);
    }

    public async ValueTask DisposeAsync()
    {
        _held?.TrySetResult();
        await StopListeningAsync();
    }

    private async Task ServeAsync(HttpContext http)
    {
        try
        {
            var request = ApiRequest.Of(http.Request);
            Requests.Add(request.Kind);
            if (_down)
            {
                http.Abort();
                return;
            }

            if (_held is { } held) await held.Task.WaitAsync(http.RequestAborted);
            if (Token is not null && http.Request.Headers.Authorization != $"Bearer {Token}") throw ApiFault.Unauthorized();
            if (_forbidden(request)) throw ApiFault.Forbidden(request.Kind);
            if (Interlocked.Decrement(ref _failing) >= 0) throw new ApiFault(500, "InternalError", "etcdserver: leader changed");
            if (request.IsCustom && !IsDefined) throw ApiFault.NoSuchResource();
            if (request.IsCustom && Interlocked.Decrement(ref _throttled) >= 0) throw ApiFault.TooMany();
            if (_before is { } before) await before(request.Kind);
            if (request.Verb == "watch") await WatchAsync(http, request);
            else await AnswerAsync(http, 200, await CarryOutAsync(http, request));
        }
        catch (ApiFault fault)
        {
            if (fault.Code == 429) http.Response.Headers.RetryAfter = "0";
            await AnswerAsync(http, fault.Code, fault.Status);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
    }

    private static async Task AnswerAsync(HttpContext http, int code, JsonObject body)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(body.ToJsonString(), http.RequestAborted);
    }

    private async Task WatchAsync(HttpContext http, ApiRequest request)
    {
        ObjectStore.Watcher watcher;
        try
        {
            watcher = Store.Watch(
                request.Collection,
                long.Parse(request.Query("resourceVersion") ?? Store.Version, CultureInfo.InvariantCulture),
                request.Wants,
                request.Query("allowWatchBookmarks") == "true");
        }
        catch (ApiFault gone) when (SaysGoneInTheStream)
        {
            await AnswerAsync(http, 200, new JsonObject { ["type"] = "ERROR", ["object"] = gone.Status });
            return;
        }

        using (watcher)
        {
            http.Response.ContentType = "application/json;stream=watch";
            await http.Response.StartAsync(http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            Requests.Add("watch opened");
            await foreach (var line in watcher.Lines.ReadAllAsync(http.RequestAborted))
            {
                await http.Response.WriteAsync(line + "\n", http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
            }
        }
    }

    private sealed class Release(FakeApiServer server) : IDisposable
    {
        public void Dispose()
        {
            var held = server._held;
            server._held = null;
            held?.TrySetResult();
        }
    }
}
