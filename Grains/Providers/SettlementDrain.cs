namespace OrleansGateway;

/// <summary>Keeps a stopping silo up until late postings are booked: this stops before the tenants' grains do.</summary>
internal sealed class SettlementDrain(Settlement settlement) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(SettlementDrain), ServiceLifecycleStage.Active + 1, static _ => Task.CompletedTask, settlement.DrainAsync);
}
