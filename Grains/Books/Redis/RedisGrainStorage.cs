using Orleans.Storage;

namespace OrleansGateway;

/// <summary>Orleans' states of grains in Redis, with this gateway's words for a store that does not answer.</summary>
internal sealed class RedisGrainStorage(IGrainStorage states) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        TranslateAsync(states.ReadStateAsync(stateName, grainId, grainState), "read", grainId);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        TranslateAsync(states.WriteStateAsync(stateName, grainId, grainState), "written", grainId);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        TranslateAsync(states.ClearStateAsync(stateName, grainId, grainState), "cleared", grainId);

    private static async Task TranslateAsync(Task call, string what, GrainId grainId)
    {
        try
        {
            await call;
        }
        catch (Exception e) when (e is not InconsistentStateException and not StoreUnavailableException)
        {
            throw new StoreUnavailableException($"The state of {grainId} could not be {what} in Redis: {e.Message}", e);
        }
    }
}
