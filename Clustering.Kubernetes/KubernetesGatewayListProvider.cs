using Microsoft.Extensions.Options;
using Orleans.Messaging;

namespace OrleansGateway;

/// <summary>The silos that take clients, from a copy that a watch keeps up to date. The last list is kept while the API server is away.</summary>
internal sealed class KubernetesGatewayListProvider(ClusterApi api, ClusterWatch watch, IOptions<Orleans.Configuration.GatewayOptions> refresh)
    : IGatewayListProvider, IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan DeathNoticed = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private volatile ClusterView? _view;
    private Task _watching = Task.CompletedTask;

    /// <summary>How long a client leaves alone what it could not reach: a silo that died stands in the list until the others have noticed.</summary>
    public TimeSpan MaxStaleness => refresh.Value.GatewayListRefreshPeriod > DeathNoticed ? refresh.Value.GatewayListRefreshPeriod : DeathNoticed;

    [Obsolete("Always true.")]
    public bool IsUpdatable => true;

    /// <summary>Throws when the table is missing; the client tries again as its connection filter says.</summary>
    public async Task InitializeGatewayListProviderAsync(CancellationToken cancellationToken = default)
    {
        var last = _view;
        var read = await api.GetAsync(cancellationToken);
        // The watch, if there is one, may have told more meanwhile.
        await (_view == last ? TakeAsync(read) : TakeNewerAsync(read));
        lock (_stop)
        {
            // Called anew with each attempt to connect.
            if (_watching.IsCompleted && !_stop.IsCancellationRequested)
            {
                var stop = _stop.Token;
                _watching = Task.Run(() => watch.RunAsync(TakeAsync, TakeNewerAsync, stop), stop);
            }
        }
    }

    public async Task<IList<Uri>> GetGatewaysAsync(CancellationToken cancellationToken = default)
    {
        if (_view is null) await InitializeGatewayListProviderAsync(cancellationToken);
        return [.. _view!.Gateways];
    }

    public Task InitializeGatewayListProvider() => InitializeGatewayListProviderAsync();

    public Task<IList<Uri>> GetGateways() => GetGatewaysAsync();

    public void Dispose() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_watching); // cancelled before it ran, or ended by itself
    }

    // What is read is the store's word, whatever its version: after a restore of it a lower one, of the same object.
    private Task TakeAsync(ClusterView view)
    {
        _view = view;
        return Task.CompletedTask;
    }

    // An event of a lower version than the last one is what an API server says that lags behind the one before, unless the object is another.
    private Task TakeNewerAsync(ClusterView view) =>
        _view is { } last && view.Version < last.Version && view.Source.Metadata.Uid == last.Source.Metadata.Uid ? Task.CompletedTask : TakeAsync(view);
}
