using Orleans.Messaging;

namespace OrleansGateway;

/// <summary>
/// The list of silos that take clients, watched: when it has changed, the pool takes new keys. A connection to a new silo would not tell, for the client
/// opens one only when it sends something for a key that it has not sent anything for yet.
/// </summary>
internal sealed class GatewayListWatch(IGatewayListProvider list, IServiceProvider services) : IGatewayListProvider, IAsyncDisposable
{
    private HashSet<Uri> _known = [];
    private bool _hasChanged;

    /// <summary>Puts it before the list that has been registered.</summary>
    public static void Decorate(IServiceCollection services)
    {
        var registered = services.Last(service => service.ServiceType == typeof(IGatewayListProvider));
        services.Remove(registered);
        services.AddSingleton<IGatewayListProvider>(provider =>
            new GatewayListWatch((IGatewayListProvider)ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!), provider));
    }

    /// <inheritdoc/>
    public TimeSpan MaxStaleness => list.MaxStaleness;

    /// <inheritdoc/>
    [Obsolete("Always true.")]
    public bool IsUpdatable => list.IsUpdatable;

    /// <inheritdoc/>
    public Task InitializeGatewayListProviderAsync(CancellationToken cancellationToken = default) => list.InitializeGatewayListProviderAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGatewaysAsync(CancellationToken cancellationToken = default)
    {
        // Said at the next reading: by then the client knows what this one gives.
        if (_hasChanged) services.GetRequiredService<ClusterPool>().OnSilosChanged();
        var gateways = await list.GetGatewaysAsync(cancellationToken);
        _hasChanged = !_known.SetEquals(gateways);
        if (_hasChanged) _known = [.. gateways];
        return gateways;
    }

    /// <inheritdoc/>
    public Task InitializeGatewayListProvider() => InitializeGatewayListProviderAsync();

    /// <inheritdoc/>
    public Task<IList<Uri>> GetGateways() => GetGatewaysAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (list is IAsyncDisposable disposable) await disposable.DisposeAsync();
    }
}
