using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Orleans.Storage;

namespace OrleansGateway.Tests.TestKit;

/// <summary>States of grains in memory, as JSON; a test decides what becomes of each write.</summary>
internal sealed class FakeGrainStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<(GrainId Grain, string Name), (string Json, string ETag)> _states = [];
    private int _versions;
    private int _reads;
    private int _writes;

    /// <summary>What becomes of the next write of a state's name; all land when it is null.</summary>
    public Func<string, WriteFate>? Fate { get; set; }

    /// <summary>Awaited by every read before it answers.</summary>
    public Func<string, Task>? Reading { get; set; }

    public int Reads => _reads;

    /// <summary>Writes that landed.</summary>
    public int Writes => _writes;

    /// <summary>What is stored under a name; null when nothing is.</summary>
    public T? Stored<T>(GrainId grain, string name) => _states.TryGetValue((grain, name), out var stored) ? JsonSerializer.Deserialize<T>(stored.Json) : default;

    public IEnumerable<string> Names => _states.Keys.Select(key => key.Name);

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Interlocked.Increment(ref _reads);
        if (Reading is { } reading) await reading(stateName);
        grainState.RecordExists = _states.TryGetValue((grainId, stateName), out var stored);
        grainState.ETag = stored.ETag;
        grainState.State = grainState.RecordExists ? JsonSerializer.Deserialize<T>(stored.Json)! : Activator.CreateInstance<T>();
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var fate = Fate?.Invoke(stateName) ?? WriteFate.Lands;
        if (fate == WriteFate.Fails) throw new StoreUnavailableException("The store was told to fail before the write landed.");

        var etag = Interlocked.Increment(ref _versions).ToString(CultureInfo.InvariantCulture);
        var next = (JsonSerializer.Serialize(grainState.State), etag);
        var key = (grainId, stateName);
        var landed = grainState.ETag is null
            ? _states.TryAdd(key, next)
            : _states.TryGetValue(key, out var last) && last.ETag == grainState.ETag && _states.TryUpdate(key, next, last);
        if (!landed) throw new InconsistentStateException($"'{stateName}' is no longer as it was read.");
        Interlocked.Increment(ref _writes);
        if (fate == WriteFate.LandsUnconfirmed) throw new StoreUnavailableException("The store was told to fail after the write landed.");

        grainState.ETag = etag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _states.TryRemove((grainId, stateName), out _);
        return Task.CompletedTask;
    }
}

/// <summary>What becomes of a write.</summary>
internal enum WriteFate
{
    Lands,
    LandsUnconfirmed,
    Fails,
}
