namespace OrleansGateway;

/// <summary>Writes one state for many changes: those that come while a write is under way share the next. Runs in its grain's turns.</summary>
internal sealed class SharedWrite(Func<Task> write)
{
    private Task _current = Task.CompletedTask;
    private Task? _next;

    /// <summary>Returns when all that was changed so far is written.</summary>
    public Task SaveAsync() => _next ??= WriteNextAsync(_current);

    private async Task WriteNextAsync(Task before)
    {
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _current = _next!;
        _next = null;
        await write();
    }
}
