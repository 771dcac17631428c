namespace OrleansGateway;

/// <summary>
/// Keeps a stopping silo up, within the host's patience, until the pool's calls have ended, late postings are booked and holds given back: this stops before the
/// tenants' grains do, and while the clients of the cluster are told to send no more here.
/// </summary>
internal sealed class SettlementDrain : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly CallsUnderWay _calls;
    private readonly Settlement _settlement;
    private readonly HoldReleases _releases;

    public SettlementDrain(CallsUnderWay calls, Settlement settlement, HoldReleases releases, GatewayMeter meter)
    {
        (_calls, _settlement, _releases) = (calls, settlement, releases);
        Metrics.PostingsWaiting.GaugeOn(meter, () => settlement.Waiting);
        Metrics.ReleasesWaiting.GaugeOn(meter, () => releases.Waiting);
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SettlementDrain), ServiceLifecycleStage.Active, static _ => Task.CompletedTask, DrainAsync);

    /// <summary>Completes when nothing is left to book, or at the token's end.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await _calls.DrainAsync(cancellationToken);
        await Task.WhenAll(_settlement.DrainAsync(cancellationToken), _releases.DrainAsync(cancellationToken));
    }
}
