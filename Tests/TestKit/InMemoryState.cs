namespace OrleansGateway.Tests.TestKit;

/// <summary>A grain's state with a store of its own, which a test may put back.</summary>
internal sealed class InMemoryState<T> : IPersistentState<T>
    where T : class, new()
{
    T Orleans.Core.IStorage<T>.State { get; set; } = new();

    /// <summary>What is stored.</summary>
    public T Stored { get; set; } = new();

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
