namespace OrleansGateway.Simulator;

/// <summary>Every call the simulator would charge for; the truth that other books are compared with.</summary>
public sealed class Bill : IDisposable
{
    /// <summary>How many lines stay in memory; the totals and the bill file keep them all.</summary>
    public const int Capacity = 100_000;

    private readonly Lock _lock = new();
    private readonly Queue<BilledCall> _calls = new();
    private readonly Dictionary<string, BillTotal> _totals = new(StringComparer.Ordinal);
    private readonly Tally _tally = new();
    private readonly BillFile? _file;

    internal Bill(string? path)
    {
        if (path is not null)
        {
            _file = new BillFile(path);
            foreach (var call in _file.ReadAll())
            {
                LastSeq = Math.Max(LastSeq, call.Seq);
                Keep(call);
            }
        }
    }

    /// <summary>How many calls were billed since the start or the last <see cref="Clear"/>, those read back included.</summary>
    public int Count => _tally.Value;

    internal long LastSeq { get; }

    /// <summary>The bill as it stands.</summary>
    public BillSnapshot Snapshot()
    {
        lock (_lock)
        {
            return new BillSnapshot([.. _calls], new Dictionary<string, BillTotal>(_totals));
        }
    }

    /// <summary>Returns once so many calls are billed.</summary>
    public Task WaitForCountAsync(int count, CancellationToken cancel = default) => _tally.WaitForAsync(count, cancel);

    /// <summary>Forgets all of it, the file's content too.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _calls.Clear();
            _totals.Clear();
            _tally.Add(-_tally.Value);
            _file?.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    /// <summary>On disk when this returns, if there is a file.</summary>
    internal void Add(BilledCall call)
    {
        lock (_lock)
        {
            _file?.Append(call);
            Keep(call);
        }
    }

    private void Keep(BilledCall call)
    {
        if (_calls.Count == Capacity)
        {
            _calls.Dequeue();
        }

        _calls.Enqueue(call);
        _totals[call.Model] = _totals.GetValueOrDefault(call.Model, new BillTotal(0, 0, 0, 0, 0)).With(call);
        _tally.Add(1);
    }
}
