using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Has a silo read the table as soon as the watch shows a version it does not know. Silos tell each other, too; this is for what nobody is left to tell, which otherwise waits
/// for <c>TableRefreshTimeout</c>.
/// </summary>
internal sealed partial class MembershipRefresher(ClusterWatch watch, IClusterMembershipService membership, Jitter jitter, TimeProvider time, ILogger<MembershipRefresher> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    // Gossip comes within this, most of the time, and spares the API server a read by every silo.
    private static readonly TimeSpan GossipTime = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan RefreshTimeout = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(MembershipRefresher), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    public void Dispose() => _stop.Dispose();

    private Task StartAsync(CancellationToken ct)
    {
        var stop = _stop.Token;
        _watching = Task.Run(() => watch.RunAsync(TakeAsync, TakeAsync, stop), CancellationToken.None);
        return Task.CompletedTask;

        Task TakeAsync(ClusterView view) => RefreshAsync(view.Version, stop);
    }

    private async Task StopAsync(CancellationToken ct)
    {
        await _stop.CancelAsync();
        await _watching.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RefreshAsync(int version, CancellationToken ct)
    {
        if (IsKnown(version)) return;
        await Task.Delay(jitter.Spread(GossipTime), time, ct);
        if (IsKnown(version)) return;

        using var limit = new CancellationTokenSource(RefreshTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            await membership.Refresh(new MembershipVersion(version), either.Token);
            LogRefreshed(logger, version);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            LogNotRefreshed(logger, e, version);
        }
    }

    private bool IsKnown(int version) => membership.CurrentSnapshot.Version >= new MembershipVersion(version);

    [LoggerMessage(Level = LogLevel.Debug, EventName = "membership_refreshed", Message = "Read the membership table of version {Version}, of which the watch told")]
    private static partial void LogRefreshed(ILogger logger, int version);

    [LoggerMessage(Level = LogLevel.Warning, EventName = "membership_not_refreshed",
        Message = "The membership table of version {Version}, of which the watch told, could not be read")]
    private static partial void LogNotRefreshed(ILogger logger, Exception exception, int version);
}
