namespace OrleansGateway;

/// <summary>
/// Searches of one tenant's book, one at a time, for each may read tens of thousands of entries and costs its caller nothing. What was not found is not searched
/// for again at once. Used in its grain's turns only.
/// </summary>
internal sealed class SearchTurns(TimeProvider time)
{
    /// <summary>For how long what was not found is taken not to be there.</summary>
    public static readonly TimeSpan MissKept = TimeSpan.FromSeconds(5);

    private const int MostMisses = 1_000;

    private readonly Queue<(string RequestId, long At)> _misses = [];
    private readonly HashSet<string> _missed = [];
    private Task _last = Task.CompletedTask;

    /// <summary>Waits for those before and searches; false when nothing was found, now or a moment ago.</summary>
    public async Task<bool> SearchAsync(string requestId, Func<Task<bool>> search)
    {
        if (IsMissed(requestId)) return false;
        var before = _last;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _last = done.Task;
        await before;
        try
        {
            if (IsMissed(requestId)) return false;
            var found = await search();
            if (!found) Miss(requestId);
            return found;
        }
        finally
        {
            done.SetResult();
        }
    }

    private bool IsMissed(string requestId)
    {
        while (_misses.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) >= MissKept) Forget();
        return _missed.Contains(requestId);
    }

    private void Miss(string requestId)
    {
        if (!_missed.Add(requestId)) return;
        _misses.Enqueue((requestId, time.GetTimestamp()));
        if (_misses.Count > MostMisses) Forget();
    }

    private void Forget() => _missed.Remove(_misses.Dequeue().RequestId);
}
