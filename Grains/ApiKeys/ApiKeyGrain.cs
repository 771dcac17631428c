namespace OrleansGateway;

/// <summary>One key's entry in the index of keys.</summary>
[GrainType("api-key")]
internal sealed class ApiKeyGrain([PersistentState("api-key", TenantBook.SnapshotStore)] IPersistentState<ApiKeyState> state) : Grain, IApiKeyGrain
{
    public Task<ApiKeyIdentity?> Find()
    {
        // Strangers may try as many as they like: none of their guesses stays in memory.
        if (state.State.Identity is null) DeactivateOnIdle();
        return Task.FromResult(state.State.Identity);
    }

    public async Task<bool> Bind(ApiKeyIdentity identity)
    {
        if (state.State.Identity is { } bound) return bound == identity;
        await Write(identity);
        return true;
    }

    public Task Update(ApiKeyIdentity identity) => state.State.Identity == identity ? Task.CompletedTask : Write(identity);

    public async Task Restore(ApiKeyIdentity identity)
    {
        await state.ReadStateAsync();
        await Update(identity);
    }

    private Task Write(ApiKeyIdentity identity) => state.Keep(this, new ApiKeyState { Identity = identity });
}

/// <summary>What is stored of a key's entry.</summary>
internal sealed record ApiKeyState
{
    public ApiKeyIdentity? Identity { get; init; }
}
