namespace OrleansGateway;

/// <summary>Keeps the hash of the admin key that the first start generated.</summary>
[GrainType("operator")]
internal sealed class OperatorGrain([PersistentState("operator", TenantBook.SnapshotStore)] IPersistentState<OperatorState> state) : Grain, IOperatorGrain
{
    public async Task<bool> Claim(ApiKeyHash generated)
    {
        if (state.State.AdminKey is not null) return false;
        state.State = new OperatorState { AdminKey = generated };
        await state.WriteStateAsync();
        return true;
    }

    public Task<bool> Verify(ApiKeyHash shown) => Task.FromResult(state.State.AdminKey is { } known && known == shown);
}

/// <summary>What is stored for operators.</summary>
internal sealed record OperatorState
{
    public ApiKeyHash? AdminKey { get; init; }
}
