namespace OrleansGateway;

/// <summary>Does one thing for many who ask, as writing a state for many changes: those who ask while it runs share the next run. For a grain's turns.</summary>
internal sealed class SharedRun(Func<Task> run)
{
    private Task _current = Task.CompletedTask;
    private Task? _next;

    /// <summary>Returns when a run has ended that began after this was asked.</summary>
    public Task NextAsync() => _next ??= RunNextAsync(_current);

    private async Task RunNextAsync(Task before)
    {
        await Task.Yield();
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _current = _next!;
        _next = null;
        await run();
    }
}
