using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace OrleansGateway;

/// <summary>
/// The calls to the API server, for one cluster: bounded in time, 401 answered with a new token, 429 with patience. What else fails is thrown as the client throws it.
/// </summary>
internal sealed partial class ClusterApi : IDisposable
{
    /// <summary>The owner of fields as the API server notes it; one for all silos, or its notes would outgrow the object.</summary>
    private const string FieldManager = "orleans-clustering";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly KubernetesConnection _connection;
    private readonly KubernetesClusteringOptions _options;
    private readonly V1OwnerReference? _owner;
    private readonly Jitter _jitter;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public ClusterApi(IOptions<KubernetesClusteringOptions> options, IOptions<ClusterOptions> cluster, Jitter jitter, TimeProvider time, ILogger<ClusterApi> logger)
    {
        _options = options.Value;
        ClusterId = cluster.Value.ClusterId;
        ServiceId = cluster.Value.ServiceId;
        _connection = new KubernetesConnection(_options);
        _owner = _connection.IsOwnNamespace ? SiloLease.OwnerOf(_options.PodName, _options.PodUid) : null;
        (_jitter, _time, _logger) = (jitter, time, logger);
    }

    public string ClusterId { get; }

    public string ServiceId { get; }

    public string Namespace => _connection.Namespace;

    /// <summary>The object as it is now; null when it is not there.</summary>
    public async Task<ClusterObject?> FindAsync(CancellationToken ct)
    {
        try
        {
            return await SendAsync(
                token => _connection.Client.CustomObjects.GetNamespacedCustomObjectAsync<ClusterObject>(
                    ClusterObject.Group, ClusterObject.Version, Namespace, ClusterObject.Plural, ClusterId, token),
                ct);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw Malformed(e);
        }
    }

    /// <summary>The table as it is now. A missing one throws: to read it as empty would end every silo.</summary>
    public async Task<ClusterView> GetAsync(CancellationToken ct) => ClusterView.Of(await FindAsync(ct) ?? throw Missing());

    /// <summary>
    /// The table as it is now, and the version to watch from. That is the list's, not the object's: an object that has not changed for long is older than what the API server
    /// remembers, and a watch from it would be refused each time.
    /// </summary>
    public async Task<(ClusterView View, string WatchFrom)> GetToWatchAsync(CancellationToken ct)
    {
        ClusterObjectList list;
        try
        {
            list = await SendAsync(
                token => _connection.Client.CustomObjects.ListNamespacedCustomObjectAsync<ClusterObjectList>(
                    ClusterObject.Group, ClusterObject.Version, Namespace, ClusterObject.Plural, fieldSelector: OnlyThis, cancellationToken: token),
                ct);
        }
        catch (JsonException e)
        {
            throw Malformed(e);
        }

        return (ClusterView.Of(list.Items.SingleOrDefault() ?? throw Missing()), list.Metadata.ResourceVersion);
    }

    /// <summary>Makes a new table; false when there is one already.</summary>
    public async Task<bool> CreateAsync(CancellationToken ct)
    {
        var body = new ClusterObject { Metadata = new V1ObjectMeta { Name = ClusterId, NamespaceProperty = Namespace }, Spec = new ClusterSpec(ClusterId, ServiceId) };
        try
        {
            await SendAsync(
                token => _connection.Client.CustomObjects.CreateNamespacedCustomObjectAsync<ClusterObject>(
                    body, ClusterObject.Group, ClusterObject.Version, Namespace, ClusterObject.Plural, fieldManager: FieldManager, cancellationToken: token),
                ct);
            return true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            throw new KubernetesClusteringException(
                $"The OrleansCluster {Namespace}/{ClusterId} cannot be created: apply crd/orleansclusters.yaml, which defines it, and see that the namespace exists. "
                + $"The API server says: {e.Response.Content}",
                e);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            throw new KubernetesClusteringException(
                $"There is no OrleansCluster {Namespace}/{ClusterId}, and this service account may not create it: "
                + $"apply it with the other manifests, or allow 'create'. The API server says: {e.Response.Content}",
                e);
        }
    }

    /// <summary>Writes version and rows in place of those of <paramref name="seen"/>; false when anything about the object has changed since.</summary>
    public async Task<bool> ReplaceAsync(ClusterView seen, ClusterStatus status, CancellationToken ct)
    {
        var was = seen.Source.Metadata;
        var body = new ClusterObject
        {
            Metadata = new V1ObjectMeta { Name = was.Name, NamespaceProperty = was.NamespaceProperty, Uid = was.Uid, ResourceVersion = was.ResourceVersion },
            Spec = seen.Source.Spec,
            Status = status,
        };
        try
        {
            await SendAsync(
                token => _connection.Client.CustomObjects.ReplaceNamespacedCustomObjectStatusAsync<ClusterObject>(
                    body, ClusterObject.Group, ClusterObject.Version, Namespace, ClusterObject.Plural, ClusterId, fieldManager: FieldManager, cancellationToken: token),
                ct);
            return true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    public Task DeleteAsync(CancellationToken ct) => DeleteIfThereAsync(
        token => _connection.Client.CustomObjects.DeleteNamespacedCustomObjectAsync(
            ClusterObject.Group, ClusterObject.Version, Namespace, ClusterObject.Plural, ClusterId, cancellationToken: token),
        ct);

    /// <summary>One blind write, whether or not the lease is there.</summary>
    public Task HeartbeatAsync(SiloAddress silo, DateTime at, CancellationToken ct) => SendAsync(
        token => _connection.Client.CoordinationV1.PatchNamespacedLeaseAsync(
            SiloLease.Heartbeat(ClusterId, silo, at, _owner), SiloLease.NameOf(ClusterId, silo), Namespace, fieldManager: FieldManager, force: true, cancellationToken: token),
        ct);

    /// <summary>The heartbeats of this cluster. Those of a moment ago will do (<paramref name="exact"/> false): then the API server does not ask its store.</summary>
    public async Task<IReadOnlyDictionary<SiloAddress, DateTime>> ListHeartbeatsAsync(bool exact, CancellationToken ct)
    {
        var leases = await SendAsync(
            token => _connection.Client.CoordinationV1.ListNamespacedLeaseAsync(
                Namespace, labelSelector: $"{SiloLease.ClusterLabel}={ClusterId}", resourceVersion: exact ? null : "0", cancellationToken: token),
            ct);
        return leases.Items.Select(SiloLease.Read).OfType<(SiloAddress Silo, DateTime At)>()
            .GroupBy(beat => beat.Silo)
            .ToDictionary(beats => beats.Key, beats => beats.Max(beat => beat.At));
    }

    public Task DeleteLeaseAsync(SiloAddress silo, CancellationToken ct) =>
        DeleteIfThereAsync(token => _connection.Client.CoordinationV1.DeleteNamespacedLeaseAsync(SiloLease.NameOf(ClusterId, silo), Namespace, cancellationToken: token), ct);

    /// <summary>
    /// What happens to the object after <paramref name="resourceVersion"/>; ends when the server closes the watch or the error is told to
    /// <paramref name="onError"/>.
    /// </summary>
    public IAsyncEnumerable<(WatchEventType Type, object Object)> WatchAsync(string resourceVersion, Action<Exception> onError, CancellationToken ct) =>
        _connection.Client.CustomObjects.WatchListNamespacedCustomObjectAsync(
            ClusterObject.Group, ClusterObject.Version, Namespace, ClusterObject.Plural, allowWatchBookmarks: true, fieldSelector: OnlyThis,
            resourceVersion: resourceVersion, timeoutSeconds: (int)_options.WatchTimeout.TotalSeconds, onError: onError, cancellationToken: ct);

    public bool RenewToken() => _connection.RenewToken();

    public void Dispose() => _connection.Dispose();

    private string OnlyThis => $"metadata.name={ClusterId}";

    private KubernetesClusteringException Missing() => new(
        $"There is no OrleansCluster {Namespace}/{ClusterId}: it was deleted, or never applied. "
        + "While silos run, put it back from a backup, with its status; otherwise apply it, or let a silo create it.");

    private KubernetesClusteringException Malformed(JsonException e) => new($"The OrleansCluster {Namespace}/{ClusterId} is malformed: {e.Message}", e);

    private async Task DeleteIfThereAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken ct)
    {
        try
        {
            await SendAsync(call, ct);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            // Somebody else was quicker.
        }
    }

    // 401 and 429 are said before anything is done, so that a write may be sent again. Any other trouble leaves it open whether it was.
    private async Task<T> SendAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        var renewed = false;
        for (var tries = 0; ; tries++)
        {
            TimeSpan pause;
            try
            {
                return await SendOnceAsync(call, ct);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Unauthorized && !renewed && _connection.RenewToken())
            {
                LogRenewed(_logger);
                renewed = true;
                continue;
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.TooManyRequests && _time.GetElapsedTime(started) < _options.ThrottleTimeout)
            {
                if (tries == 0) LogThrottled(_logger, e.Response.Content);
                pause = RetryAfter(e) is { } asked ? asked + _jitter.Spread(FirstPause) : _jitter.Backoff(tries, FirstPause, LongestPause);
            }

            await Task.Delay(pause, _time, ct);
        }
    }

    private async Task<T> SendOnceAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            return await call(both.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"The API server did not answer within {_options.RequestTimeout.TotalSeconds} seconds.", e);
        }
    }

    private static TimeSpan? RetryAfter(HttpOperationException e) =>
        e.Response.Headers.FirstOrDefault(header => header.Key.Equals("Retry-After", StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault() is { } text
        && int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds >= 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestPause.TotalSeconds))
            : null;
}
