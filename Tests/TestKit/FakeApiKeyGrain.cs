namespace OrleansGateway.Tests;

internal sealed class FakeApiKeyGrain : IApiKeyGrain
{
    private int _calls;

    public ApiKeyIdentity? Identity { get; set; }

    /// <summary>When set, look-ups wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public Exception? Fault { get; set; }

    public int Calls => _calls;

    public async Task<ApiKeyIdentity?> Find()
    {
        Interlocked.Increment(ref _calls);
        await Gate;
        return Fault is null ? Identity : throw Fault;
    }

    public Task<bool> Bind(ApiKeyIdentity identity) => throw new NotSupportedException();

    public Task Update(ApiKeyIdentity identity)
    {
        Identity = identity;
        return Task.CompletedTask;
    }
}
