namespace OrleansGateway.Tests.TestKit;

internal sealed class FakeApiKeyGrain
{
    public IApiKeyGrain Grain => new Skin(this);

    private int _calls;

    public ApiKeyIdentity? Identity { get; set; }

    /// <summary>When set, look-ups and new keys wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public Exception? Fault { get; set; }

    /// <summary>What becomes of the next update.</summary>
    public Exception? UpdateFault { get; set; }

    public int Updates { get; private set; }

    public int Calls => _calls;

    public async Task<ApiKeyIdentity?> Find()
    {
        Interlocked.Increment(ref _calls);
        await Gate;
        return Fault is null ? Identity : throw Fault;
    }

    public async Task<bool> Bind(ApiKeyIdentity identity)
    {
        await Gate;
        if (Identity is not null && Identity != identity) return false;
        Identity = identity;
        return true;
    }

    public Task Update(ApiKeyIdentity identity)
    {
        Updates++;
        if (UpdateFault is { } fault)
        {
            UpdateFault = null;
            return Task.FromException(fault);
        }
        Identity = identity;
        return Task.CompletedTask;
    }

    // Private, so that no silo of a cluster test takes it for a grain class.
    private sealed class Skin(FakeApiKeyGrain fake) : IApiKeyGrain
    {
        public Task<ApiKeyIdentity?> Find() => fake.Find();

        public Task<bool> Bind(ApiKeyIdentity identity) => fake.Bind(identity);

        public Task Update(ApiKeyIdentity identity) => fake.Update(identity);

        public Task Restore(ApiKeyIdentity identity) => fake.Update(identity);
    }
}
