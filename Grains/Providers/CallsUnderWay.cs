namespace OrleansGateway;

/// <summary>The calls that the pool is making: a silo that stops waits for them, for some have no caller any more who would.</summary>
internal sealed class CallsUnderWay
{
    private readonly Lock _lock = new();
    private int _count;
    private TaskCompletionSource? _none;

    /// <summary>A call, until it is disposed of.</summary>
    public Call Begin()
    {
        lock (_lock) _count++;
        return new Call(this);
    }

    /// <summary>Counts what nobody else waits for as one, until it has ended.</summary>
    public async Task CountAsync(Task task)
    {
        using var lasts = Begin();
        await task;
    }

    /// <summary>Completes when none is under way, at the latest at the token's end.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        Task none;
        lock (_lock)
        {
            if (_count == 0) return;
            none = (_none ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
        await none.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void End()
    {
        lock (_lock)
        {
            if (--_count > 0) return;
            _none?.TrySetResult();
            _none = null;
        }
    }

    internal readonly struct Call(CallsUnderWay calls) : IDisposable
    {
        public void Dispose() => calls.End();
    }
}
