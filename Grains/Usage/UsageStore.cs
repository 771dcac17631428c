using System.Globalization;
using Orleans.Storage;

namespace OrleansGateway;

/// <summary>The states of one tenant's roll-up. A write that is not confirmed leaves this instance useless: the next one reads what is stored.</summary>
internal sealed class UsageStore(IGrainStorage storage, GrainId grainId)
{
    private const string HeadName = "usage";
    private const string OpenName = "usage-open";

    private readonly Dictionary<string, string?> _etags = [];

    public Task<UsageHead?> ReadHeadAsync() => ReadAsync<UsageHead>(HeadName);

    public Task<UsageOpenState?> ReadOpenAsync() => ReadAsync<UsageOpenState>(OpenName);

    public Task<UsagePartState?> ReadPartAsync(DateOnly day, int part) => ReadAsync<UsagePartState>(NameOf(day, part));

    public Task WriteAsync(UsageHead head) => WriteAsync(HeadName, head);

    public Task WriteAsync(UsageOpenState open) => WriteAsync(OpenName, open);

    public Task WriteAsync(DateOnly day, int part, UsagePartState state) => WriteAsync(NameOf(day, part), state);

    private async Task<T?> ReadAsync<T>(string name)
        where T : class, new()
    {
        var state = new GrainState<T>(new T());
        try
        {
            await storage.ReadStateAsync(name, grainId, state);
        }
        catch (Exception e) when (e is not StoreUnavailableException)
        {
            throw new StoreUnavailableException($"The state '{name}' of {grainId} could not be read.", e);
        }
        _etags[name] = state.ETag;
        return state.RecordExists ? state.State : null;
    }

    private async Task WriteAsync<T>(string name, T value)
    {
        var state = new GrainState<T>(value, _etags.GetValueOrDefault(name)) { RecordExists = _etags.GetValueOrDefault(name) is not null };
        await storage.WriteStateAsync(name, grainId, state);
        _etags[name] = state.ETag;
    }

    private static string NameOf(DateOnly day, int part) => string.Create(CultureInfo.InvariantCulture, $"usage/{day:yyyy-MM-dd}/{part}");
}
