using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>The board, as a grain.</summary>
[GrainType("pool-health")]
internal sealed class PoolHealthGrain(PoolTime time) : Grain, IPoolHealthGrain
{
    private readonly HealthBoard _board = new(time);

    public Task<ImmutableArray<TargetRest>> Exchange(SiloHealth report) => Task.FromResult(_board.Exchange(report));

    public Task<ImmutableArray<LaneShare>> Shares(string silo) => Task.FromResult(_board.Shares(silo));

    public Task<ImmutableArray<TargetReport>> Describe() => Task.FromResult(_board.Describe());
}
