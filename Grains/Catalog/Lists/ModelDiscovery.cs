using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>Asks the upstreams that are to be asked which models they have.</summary>
internal sealed partial class ModelDiscovery(ProviderDirectory directory, PoolTime time, ILogger<ModelDiscovery> logger)
{
    private const int MostBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Each trouble is told once, not every minute.
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>By provider the model ids it lists; those that did not answer with a list are left out. One call at a time.</summary>
    public async Task<ImmutableDictionary<string, ImmutableArray<string>>> ReadAsync()
    {
        var listed = ImmutableDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var (name, client) in directory.All)
            if (client.Options.LearnsModels && await ListAsync(name, client) is { } ids) listed[name] = ids;
        return listed.ToImmutable();
    }

    private async Task<ImmutableArray<string>?> ListAsync(string name, UpstreamClient client)
    {
        using var timer = new UpstreamTimer(time, time.GetUtcNow() + Patience, Patience);
        try
        {
            using var response = await client.ListModelsAsync(timer.Token);
            if (!response.IsSuccessStatusCode) return Fails(name, $"status {(int)response.StatusCode}");
            if (await ResponseBytes.ReadAsync(response, MostBytes, Patience, timer) is not { } body) return Fails(name, $"its answer is larger than {MostBytes} bytes");
            if (UpstreamModelList.Parse(body) is not { IsEmpty: false } ids) return Fails(name, "its answer is no list of models");
            _told.Remove(name);
            return ids;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return Fails(name, e is OperationCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : e.Message);
        }
    }

    private ImmutableArray<string>? Fails(string name, string reason)
    {
        if (_told.Add(name)) LogNoList(name, reason);
        return null;
    }

    [LoggerMessage(EventName = "models_not_listed", Level = LogLevel.Information,
        Message = "The upstream {Provider} did not say which models it has ({Reason}); those of the configuration and of its last list are offered")]
    private partial void LogNoList(string provider, string reason);
}
