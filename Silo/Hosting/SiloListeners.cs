using System.Net;
using Microsoft.AspNetCore.Connections;

namespace OrleansGateway;

/// <summary>
/// Where Orleans' listeners come from; lets go of them with the host. A silo whose start failed leaves them open, and the next one in this
/// process would share its ports with nobody.
/// </summary>
internal sealed class SiloListeners(IConnectionListenerFactory orleans) : IConnectionListenerFactory, IAsyncDisposable
{
    private readonly List<IConnectionListener> _bound = [];

    /// <summary>Puts itself before the factories of a silo.</summary>
    public static void Decorate(IServiceCollection services)
    {
        foreach (var factory in services.Where(service => service.ServiceType == typeof(IConnectionListenerFactory) && service.IsKeyedService).ToList())
        {
            services.Remove(factory);
            services.AddKeyedSingleton<IConnectionListenerFactory>(
                factory.ServiceKey, (provider, key) => new SiloListeners((IConnectionListenerFactory)factory.KeyedImplementationFactory!(provider, key)));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = await orleans.BindAsync(endpoint, cancellationToken);
        _bound.Add(listener);
        return listener;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _bound) await listener.DisposeAsync();
    }
}
