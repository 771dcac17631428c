namespace OrleansGateway;

/// <summary>The pool, as the web front sees it: its grain, looked up once, when the first request needs it.</summary>
internal sealed class ProviderPool(IGrainFactory grains)
{
    private IProviderGrain? _grain;

    public IProviderGrain Grain => _grain ??= grains.GetGrain<IProviderGrain>(0);
}
