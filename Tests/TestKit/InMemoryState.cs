using System.Text.Json;

namespace OrleansGateway.Tests.TestKit;

/// <summary>A grain's state with a store of its own, as JSON, which a test may put back.</summary>
internal sealed class InMemoryState<T> : IPersistentState<T>
    where T : class, new()
{
    private string _json = "{}";

    T Orleans.Core.IStorage<T>.State { get; set; } = new();

    /// <summary>What is stored.</summary>
    public T Stored
    {
        get => JsonSerializer.Deserialize<T>(_json)!;
        set => _json = JsonSerializer.Serialize(value);
    }

    public int Writes { get; private set; }

    public string Etag => "";

    public bool RecordExists => Writes > 0;

    private Orleans.Core.IStorage<T> Memory => this;

    public Task ClearStateAsync() => throw new NotSupportedException();

    public Task WriteStateAsync()
    {
        Writes++;
        Stored = Memory.State;
        return Task.CompletedTask;
    }

    public Task ReadStateAsync()
    {
        Memory.State = Stored;
        return Task.CompletedTask;
    }
}
