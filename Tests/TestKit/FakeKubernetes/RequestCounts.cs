namespace OrleansGateway.Tests.TestKit.FakeKubernetes;

/// <summary>Requests by what RBAC would call them, such as <c>patch leases</c>; something can be awaited until it was asked so often.</summary>
internal sealed class RequestCounts
{
    private readonly Dictionary<string, int> _counts = [];
    private readonly List<(string Kind, int Count, TaskCompletionSource Seen)> _awaited = [];

    public int this[string kind]
    {
        get
        {
            lock (_counts) return _counts.GetValueOrDefault(kind);
        }
    }

    public int Total
    {
        get
        {
            lock (_counts) return _counts.Values.Sum();
        }
    }

    public IReadOnlyCollection<string> Kinds
    {
        get
        {
            lock (_counts) return [.. _counts.Keys.Order()];
        }
    }

    public void Add(string kind)
    {
        lock (_counts)
        {
            var count = _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
            foreach (var (_, _, seen) in _awaited.Where(a => a.Kind == kind && a.Count <= count)) seen.TrySetResult();
        }
    }

    public void Clear()
    {
        lock (_counts) _counts.Clear();
    }

    /// <summary>Completes once <paramref name="kind"/> was asked for so often.</summary>
    public Task ReachesAsync(string kind, int count)
    {
        lock (_counts)
        {
            if (_counts.GetValueOrDefault(kind) >= count) return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((kind, count, seen));
            return seen.Task;
        }
    }
}
