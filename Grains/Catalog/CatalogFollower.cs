using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Keeps this silo's catalog as new as the cluster's, within two seconds, and reads the upstreams' model lists when it is this silo's turn.
/// </summary>
internal sealed partial class CatalogFollower(
    CatalogSource source, ModelDiscovery discovery, IGrainFactory grains, TimeProvider time, ILogger<CatalogFollower> logger) : EverySecond(time)
{
    private Task _reading = Task.CompletedTask;

    protected override async Task DoAsync(int second)
    {
        var keeper = grains.GetGrain<ICatalogKeeperGrain>(0);
        var news = await keeper.News(source.Revision);
        if (news.Inputs is { } inputs) source.Take(inputs);
        if (news.ReadLists && _reading.IsCompleted) _reading = ReadListsAsync(keeper);
    }

    protected override void LogFailed(string reason) => LogSilent(reason);

    // A silo that stops meanwhile leaves it to the next.
    private async Task ReadListsAsync(ICatalogKeeperGrain keeper)
    {
        try
        {
            var listed = await discovery.ReadAsync();
            if (!listed.IsEmpty) await keeper.Learn(listed);
        }
        catch (Exception e)
        {
            LogSilent(e.Message);
        }
    }

    [LoggerMessage(EventName = "catalog_silent", Level = LogLevel.Warning, Message = "The cluster's catalog cannot be read at the moment, the one known stays in force: {Reason}")]
    private partial void LogSilent(string reason);
}
