using System.Text.Json;
using Orleans.Storage;

namespace OrleansGateway.Tests.Properties.Holds;

/// <summary>One tenant's snapshots as a store keeps them: as text, and only over the one that the writer has read.</summary>
internal sealed class SnapshotsInMemory : IGrainStorage
{
    private readonly Lock _gate = new();
    private byte[]? _json;
    private int _version;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            grainState.RecordExists = _json is not null;
            grainState.ETag = $"{_version}";
            if (_json is not null) grainState.State = (T)JsonSerializer.Deserialize(_json, typeof(T), BookJson.Default)!;
        }
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            if (grainState.ETag != $"{_version}") throw new InconsistentStateException($"{_version}", grainState.ETag, new InvalidOperationException("Another activation wrote."));
            _json = JsonSerializer.SerializeToUtf8Bytes(grainState.State, typeof(T), BookJson.Default);
            grainState.ETag = $"{++_version}";
            grainState.RecordExists = true;
        }
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();
}
