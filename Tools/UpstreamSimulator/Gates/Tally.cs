namespace OrleansGateway.Simulator;

/// <summary>A number somebody may wait for.</summary>
internal sealed class Tally
{
    private readonly Lock _lock = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _value;

    public int Value => Volatile.Read(ref _value);

    public void Add(int difference)
    {
        lock (_lock)
        {
            _value += difference;
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Count <= _value)
                {
                    _waiting[i].Reached.TrySetResult();
                    _waiting.RemoveAt(i);
                }
            }
        }
    }

    public Task WaitForAsync(int count, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_value >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, reached));
            return reached.Task.WaitAsync(cancel);
        }
    }
}
