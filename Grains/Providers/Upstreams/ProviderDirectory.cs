using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace OrleansGateway;

/// <summary>The upstreams of this process by provider name, each with its connections.</summary>
internal sealed class ProviderDirectory : IDisposable
{
    private readonly FrozenDictionary<string, UpstreamClient> _clients;

    public ProviderDirectory(IOptions<ProvidersOptions> options, UpstreamTransport transport, TelemetryOptions telemetry) =>
        _clients = options.Value.Providers.ToFrozenDictionary(
            provider => provider.Key,
            provider => new UpstreamClient(provider.Value, transport(provider.Value), telemetry.TraceUpstreams),
            StringComparer.Ordinal);

    /// <summary>All of them, by name.</summary>
    public IEnumerable<KeyValuePair<string, UpstreamClient>> All => _clients;

    /// <summary>The provider of that name, or null.</summary>
    public UpstreamClient? Find(string provider) => _clients.GetValueOrDefault(provider);

    public void Dispose()
    {
        foreach (var client in _clients.Values) client.Dispose();
    }
}
