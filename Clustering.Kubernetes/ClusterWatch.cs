using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Follows the table for as long as it is let: reads it, watches from there, and reads again when the watch ends for whatever reason. Tells each good state; a malformed
/// one, a missing object and an API server that is away are logged once and change nothing.
/// </summary>
internal sealed partial class ClusterWatch(ClusterApi api, KubernetesClusteringOptions options, Jitter jitter, TimeProvider time, ILogger<ClusterWatch> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    // A watch that lived longer than this was a good one, whatever ended it.
    private static readonly TimeSpan GoodWatch = TimeSpan.FromSeconds(30);

    private bool _inTrouble;

    /// <summary>
    /// Ends with <paramref name="ct"/> only. <paramref name="onRead"/> is told what was read, which is so; <paramref name="onEvent"/> what a watch says, which
    /// may have been so before.
    /// </summary>
    public async Task RunAsync(Func<ClusterView, Task> onRead, Func<ClusterView, Task> onEvent, CancellationToken ct)
    {
        for (var failures = 0; !ct.IsCancellationRequested; failures++)
        {
            var started = time.GetTimestamp();
            try
            {
                var (view, watchFrom) = await api.GetToWatchAsync(ct);
                Healed();
                await onRead(view);
                started = time.GetTimestamp();
                await FollowAsync(watchFrom, onEvent, ct);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (e is HttpOperationException { Response.StatusCode: HttpStatusCode.Unauthorized }) api.RenewToken();
                Failed(e);
            }

            if (time.GetElapsedTime(started) > GoodWatch) failures = 0;
            try
            {
                await Task.Delay(jitter.Backoff(failures, FirstPause, LongestPause), time, ct);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task FollowAsync(string resourceVersion, Func<ClusterView, Task> onView, CancellationToken ct)
    {
        // The server ends a watch in time. One that does not is on a connection that is dead without saying so.
        using var limit = new CancellationTokenSource(options.WatchTimeout + options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        Exception? fault = null;
        try
        {
            await foreach (var (type, content) in api.WatchAsync(resourceVersion, Ended, either.Token))
            {
                if (type is WatchEventType.Added or WatchEventType.Modified) await TellAsync(content, onView);
                else if (type is WatchEventType.Deleted) LogDeleted(logger, api.Namespace, api.ClusterId);
            }
        }
        catch (OperationCanceledException) when (fault is not null || (limit.IsCancellationRequested && !ct.IsCancellationRequested))
        {
            // Told below.
        }
        catch (Exception e) when (IsOrdinary(e))
        {
            LogWatchEnded(logger, e.Message);
        }

        if (fault is not null and not KubernetesException { Status.Code: (int)HttpStatusCode.Gone }) throw fault;
        LogWatchEnded(logger, fault?.Message ?? "closed");

        // The client goes on reading after an error, for which there is nothing more to come.
        void Ended(Exception e)
        {
            fault ??= e;
            either.Cancel();
        }
    }

    // Too old a version to watch from (the API server remembers minutes), or a watch that ended before its first event.
    private static bool IsOrdinary(Exception e) =>
        e is EndOfStreamException or HttpRequestException { InnerException: EndOfStreamException } or HttpOperationException { Response.StatusCode: HttpStatusCode.Gone };

    private async Task TellAsync(object content, Func<ClusterView, Task> onView)
    {
        ClusterView view;
        try
        {
            view = ClusterView.Of(KubernetesJson.Deserialize<ClusterObject>(((JsonElement)content).GetRawText()));
        }
        catch (Exception e) when (e is JsonException or KubernetesClusteringException)
        {
            Failed(e);
            return;
        }

        Healed();
        await onView(view);
    }

    private void Failed(Exception e)
    {
        if (!_inTrouble) LogTrouble(logger, e, api.Namespace, api.ClusterId);
        _inTrouble = true;
    }

    private void Healed()
    {
        if (_inTrouble) LogHealed(logger, api.Namespace, api.ClusterId);
        _inTrouble = false;
    }

    [LoggerMessage(Level = LogLevel.Warning, EventName = "membership_watch_trouble",
        Message = "The OrleansCluster {Namespace}/{ClusterId} cannot be followed; what was last known of it is kept")]
    private static partial void LogTrouble(ILogger logger, Exception exception, string @namespace, string clusterId);

    [LoggerMessage(Level = LogLevel.Information, EventName = "membership_watch_healed", Message = "The OrleansCluster {Namespace}/{ClusterId} is followed again")]
    private static partial void LogHealed(ILogger logger, string @namespace, string clusterId);

    [LoggerMessage(Level = LogLevel.Error, EventName = "membership_deleted",
        Message = "The OrleansCluster {Namespace}/{ClusterId} was deleted; what was last known of it is kept. Put it back from a backup, with its status, before any silo restarts")]
    private static partial void LogDeleted(ILogger logger, string @namespace, string clusterId);

    [LoggerMessage(Level = LogLevel.Debug, EventName = "membership_watch_ended", Message = "The watch ended and begins anew: {Reason}")]
    private static partial void LogWatchEnded(ILogger logger, string reason);
}
