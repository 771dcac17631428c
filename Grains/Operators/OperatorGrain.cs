namespace OrleansGateway;

/// <summary>Keeps what happens once in the life of a store: its first start, and the admin key generated then, as a hash.</summary>
[GrainType("operator")]
internal sealed class OperatorGrain([PersistentState("operator", TenantBook.SnapshotStore)] IPersistentState<OperatorState> state) : Grain, IOperatorGrain
{
    public Task<bool> IsFirstStart() => Task.FromResult(!state.State.Started);

    public Task<bool> HasAdminKey() => Task.FromResult(state.State.AdminKey is not null);

    public async Task<bool> ClaimFirstStart()
    {
        if (state.State.Started) return false;
        await state.Keep(this, state.State with { Started = true });
        return true;
    }

    public async Task<bool> ClaimAdminKey(ApiKeyHash generated)
    {
        if (state.State.AdminKey is { } known) return known == generated;
        await state.Keep(this, state.State with { AdminKey = generated });
        return true;
    }

    public Task<bool> Verify(ApiKeyHash shown) => Task.FromResult(state.State.AdminKey is { } known && known == shown);
}

/// <summary>What is stored for operators.</summary>
internal sealed record OperatorState
{
    public bool Started { get; init; }

    public ApiKeyHash? AdminKey { get; init; }
}
