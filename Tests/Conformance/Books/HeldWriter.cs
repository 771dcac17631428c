namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>Keeps a store's writer thread busy until disposed, so that what is asked meanwhile becomes one transaction.</summary>
internal sealed class HeldWriter : IDisposable
{
    private readonly ManualResetEventSlim _release = new();
    private readonly Task _held;

    private HeldWriter(SqliteStore store, TaskCompletionSource reached) => _held = store.ReadAsync(new SqliteQuestion<bool>(_ =>
    {
        reached.SetResult();
        _release.Wait();
        return true;
    }));

    public static async Task<HeldWriter> HoldAsync(SqliteStore store)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hold = new HeldWriter(store, reached);
        await reached.Task;
        return hold;
    }

    public void Dispose()
    {
        _release.Set();
        _held.Wait();
        _release.Dispose();
    }
}
