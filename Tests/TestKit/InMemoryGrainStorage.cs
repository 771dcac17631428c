using System.Text.Json;
using Orleans.Storage;

namespace OrleansGateway.Tests.TestKit;

/// <summary>States of grains as JSON in memory, with etags; a test can make writes fail.</summary>
internal sealed class InMemoryGrainStorage : IGrainStorage
{
    private readonly Dictionary<(string, GrainId), (byte[] Json, string Etag)> _states = [];
    private int _etags;

    /// <summary>Writes that still succeed; negative for all.</summary>
    public int WritesLeft { get; set; } = -1;

    public int Writes { get; private set; }

    public IEnumerable<string> Names => _states.Keys.Select(key => key.Item1);

    /// <summary>Changes the stored bytes of a state.</summary>
    public void Damage(string stateName, Func<string, string> change)
    {
        foreach (var key in _states.Keys.Where(key => key.Item1 == stateName).ToList())
            _states[key] = (System.Text.Encoding.UTF8.GetBytes(change(System.Text.Encoding.UTF8.GetString(_states[key].Json))), _states[key].Etag);
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var exists = _states.TryGetValue((stateName, grainId), out var stored);
        (grainState.RecordExists, grainState.ETag) = (exists, exists ? stored.Etag : null);
        grainState.State = exists ? JsonSerializer.Deserialize<T>(stored.Json)! : Activator.CreateInstance<T>();
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (WritesLeft == 0) throw new StoreUnavailableException("The storage was told to fail.");
        WritesLeft--;
        Writes++;
        var etag = _states.TryGetValue((stateName, grainId), out var stored) ? stored.Etag : null;
        if (etag != grainState.ETag) throw new InconsistentStateException($"{stateName} is {etag}, not {grainState.ETag}.");
        grainState.ETag = $"{++_etags}";
        grainState.RecordExists = true;
        _states[(stateName, grainId)] = (JsonSerializer.SerializeToUtf8Bytes(grainState.State), grainState.ETag);
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _states.Remove((stateName, grainId));
        (grainState.RecordExists, grainState.ETag) = (false, null);
        return Task.CompletedTask;
    }
}
