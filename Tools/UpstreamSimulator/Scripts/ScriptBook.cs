namespace OrleansGateway.Simulator;

/// <summary>The script for all calls, and the queue of scripts for the next ones.</summary>
public sealed class ScriptBook
{
    private readonly Lock _lock = new();
    private readonly List<(NextScript Entry, int Left)> _queue = [];
    private volatile SimulatorScript _default;
    private volatile int _queued;

    internal ScriptBook(SimulatorScript first) => _default = first;

    /// <summary>How calls are answered that nothing else is said for.</summary>
    public SimulatorScript Default
    {
        get => _default;
        set => _default = value;
    }

    /// <summary>Entries not used up yet.</summary>
    public int Queued => _queued;

    /// <summary>Keeps a script for the next calls.</summary>
    public void Next(SimulatorScript script, string? model = null, int count = 1) =>
        Next(new NextScript { Script = script, Model = model, Count = count });

    /// <summary>Keeps a script for the next calls.</summary>
    public void Next(NextScript entry)
    {
        lock (_lock)
        {
            _queue.Add((entry, entry.Count));
            _queued = _queue.Count;
        }
    }

    /// <summary>Back to a healthy upstream with an empty queue.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _queue.Clear();
            _queued = 0;
            _default = SimulatorScript.Plain;
        }
    }

    internal SimulatorScript Take(string? model)
    {
        if (_queued == 0)
        {
            return _default;
        }

        lock (_lock)
        {
            var at = _queue.FindIndex(one => one.Entry.Model is null || one.Entry.Model == model);
            if (at < 0)
            {
                return _default;
            }

            var (entry, left) = _queue[at];
            if (left > 1)
            {
                _queue[at] = (entry, left - 1);
            }
            else
            {
                _queue.RemoveAt(at);
                _queued = _queue.Count;
            }

            return entry.Script;
        }
    }
}
