using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace OrleansGateway;

/// <summary>States of grains in the embedded store, written by the same thread and transactions as the books.</summary>
/// <remarks>A store that does not answer is a <see cref="StoreUnavailableException"/>; whether a write landed is then unknown.</remarks>
internal sealed class SqliteGrainStorage(string name, SqliteStore store, IGrainStorageSerializer serializer, IActivatorProvider activators) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = KeyOf(stateName, grainId);
        var stored = await store.ReadAsync(new SqliteQuestion<StoredState?>(database => database.State.Read(key)));
        if (stored is null)
        {
            SetEmpty(grainState);
            return;
        }

        grainState.State = serializer.Deserialize<T>(BinaryData.FromBytes(stored.Data)) ?? NewState<T>();
        grainState.ETag = stored.Etag;
        grainState.RecordExists = true;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = KeyOf(stateName, grainId);
        var expectedEtag = grainState.ETag;
        var newEtag = Guid.NewGuid().ToString("N");
        var data = serializer.Serialize(grainState.State).ToMemory();

        var write = new StateChange(database => database.State.TryWrite(key, expectedEtag, newEtag, data.Span));
        store.Write(write);
        ThrowUnless(await write.Completed, key, expectedEtag);

        grainState.ETag = newEtag;
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = KeyOf(stateName, grainId);
        var expectedEtag = grainState.ETag;

        var clear = new StateChange(database => database.State.TryClear(key, expectedEtag));
        store.Write(clear);
        ThrowUnless(await clear.Completed, key, expectedEtag);

        SetEmpty(grainState);
    }

    private void SetEmpty<T>(IGrainState<T> grainState)
    {
        grainState.State = NewState<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private T NewState<T>() => activators.GetActivator<T>().Create();

    // Two providers may hold states of the same name of one grain.
    private StateKey KeyOf(string stateName, GrainId grainId) => new(grainId.ToString(), $"{name}/{stateName}");

    private static void ThrowUnless(bool changed, StateKey key, string? expectedEtag)
    {
        if (!changed)
        {
            throw new InconsistentStateException(
                $"State '{key.Name}' of grain '{key.Grain}' is no longer as it was read (version {expectedEtag ?? "none"}).");
        }
    }

    private sealed class StateChange(Func<SqliteDatabase, bool> change) : SqliteWork<bool>
    {
        public override void Run(SqliteDatabase database) => Answer = change(database);
    }
}
