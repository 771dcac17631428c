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

    public async Task Update(ApiKeyIdentity identity)
    {
        // A store that was put back knows less than this memory, and so does the book.
        if (IsOlder(identity)) await state.ReadStateAsync();
        if (!IsOlder(identity)) await WriteIfOther(identity);
    }

    public async Task Restore(ApiKeyIdentity identity)
    {
        await state.ReadStateAsync();
        await WriteIfOther(identity);
    }

    private bool IsOlder(ApiKeyIdentity identity) => state.State.Identity is { } known && identity.IsOlderThan(known);

    private Task WriteIfOther(ApiKeyIdentity identity) => state.State.Identity == identity ? Task.CompletedTask : Write(identity);

    private Task Write(ApiKeyIdentity identity) => state.Keep(this, new ApiKeyState { Identity = identity });
}

/// <summary>What is stored of a key's entry.</summary>
internal sealed record ApiKeyState
{
    public ApiKeyIdentity? Identity { get; init; }
}
