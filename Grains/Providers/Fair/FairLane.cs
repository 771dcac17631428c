namespace OrleansGateway;

/// <summary>
/// One key's way to one model: while there is room requests pass, then they wait for their turn, fairly between tenants and not for longer than is bearable. Requests that
/// cannot all be served in that time are not kept waiting for nothing: those who would be last are shed at once.
/// </summary>
internal sealed class FairLane : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly FairQueue _queue = new();
    private readonly LaneOptions _options;
    private readonly LaneMeters _meters;
    private readonly Demand _demand;
    private readonly TimeProvider _time;
    private readonly ITimer _next;
    private long _shed;
    private volatile bool _isLimited;

    public FairLane(LaneOptions options, double share, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _meters = new LaneMeters(options.Limits, time);
        _demand = new Demand(time);
        _meters.SetShare(share);
        _isLimited = !_meters.IsEmpty;
        _next = time.CreateTimer(static lane => ((FairLane)lane!).Pump(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether any limit is known; while none is, whoever comes may go.</summary>
    public bool IsLimited => _isLimited;

    /// <summary>How many wait for their turn.</summary>
    public int Waiting
    {
        get { lock (_lock) return _queue.Count; }
    }

    /// <summary>Whether a request of so many tokens would not have to wait.</summary>
    public bool HasRoom(long tokens)
    {
        if (!_isLimited) return true;
        lock (_lock) return HasRoomUnderLock(tokens);
    }

    /// <summary>Lets a tenant's request in if it need not wait; it leaves with <see cref="Leave"/>.</summary>
    public bool TryEnter(string tenant, int weight, long tokens)
    {
        lock (_lock)
        {
            _meters.Forget();
            if (!HasRoomUnderLock(tokens)) return false;
            _demand.OnArrival(tenant, weight, _meters.CostOf(tokens));
            _meters.Begin(tokens);
            return true;
        }
    }

    /// <summary>Waits for a tenant's turn. Who may go leaves with <see cref="Leave"/>.</summary>
    public async ValueTask<LaneAnswer> EnterAsync(string tenant, int weight, long tokens, TimeSpan patience, CancellationToken gone = default)
    {
        if (TryEnter(tenant, weight, tokens)) return LaneAnswer.Go;
        patience = patience < _options.Patience ? patience : _options.Patience;
        Waiter waiter;
        var shed = default(List<Waiter>);
        lock (_lock)
        {
            var cost = _meters.CostOf(tokens);
            _demand.OnArrival(tenant, weight, cost);
            waiter = new Waiter(tenant, weight, cost, tokens);
            _queue.Add(waiter);
            while (_queue.Count > _options.MostWaiting || (_queue.Count > 0 && _meters.UntilAll(_queue.Count, _queue.Tokens) > _options.Patience))
            {
                var last = _queue.Last()!;
                _queue.Remove(last);
                (shed ??= []).Add(last);
            }
            _shed += shed?.Count ?? 0;
        }
        if (shed is not null)
        {
            var answer = LaneAnswer.Shed(RetryAfter());
            foreach (var last in shed) last.End(answer);
        }
        Pump();
        if (waiter.Answer.IsCompleted) return await waiter.Answer;

        using var bound = _time.CreateTimer(GiveUp, waiter, patience, Timeout.InfiniteTimeSpan);
        using var leaving = gone.UnsafeRegister(GiveUp, waiter);
        return await waiter.Answer;
    }

    /// <summary>Lets one in that must not wait; it counts all the same.</summary>
    public void EnterUnasked(long tokens)
    {
        lock (_lock) _meters.Begin(tokens);
    }

    /// <summary>One that was let in has ended.</summary>
    /// <param name="thought">Tokens that it was expected to take.</param>
    /// <param name="taken">Tokens that it took.</param>
    /// <param name="sent">Whether it was sent at all.</param>
    public void Leave(long thought, long taken, bool sent)
    {
        lock (_lock) _meters.End(thought, taken, sent);
        Pump();
    }

    /// <summary>What an answer says of the limits.</summary>
    public void Hear(LimitsTold told)
    {
        if (!_options.Learns || told.SayNothing) return;
        lock (_lock)
        {
            _meters.Hear(told);
            _isLimited = true;
        }
        Pump();
    }

    /// <summary>This silo's part of the limits.</summary>
    public void SetShare(double share)
    {
        lock (_lock) _meters.SetShare(share);
        Pump();
    }

    /// <summary>As the other silos and operators are told; null while no limit is known.</summary>
    public QueueReport? Report()
    {
        lock (_lock)
        {
            _meters.Forget();
            if (_queue.Count == 0 && _meters.IsEmpty) _isLimited = false;
            if (!_isLimited) return null;
            var (perMinute, weight) = _demand.Sum();
            return new QueueReport(_queue.Count, _shed, perMinute, weight, [.. _meters.Describe()]);
        }
    }

    public void Dispose() => _next.Dispose();

    /// <summary>Lets in all whose turn has come, and sets the clock for the next.</summary>
    private void Pump()
    {
        var goes = default(List<Waiter>);
        lock (_lock)
        {
            while (_queue.First() is { } first && _meters.HasSlot)
            {
                var wait = _meters.Until(first.Tokens);
                if (wait > TimeSpan.Zero)
                {
                    _next.Change(wait > Moment ? wait : Moment, Timeout.InfiniteTimeSpan);
                    break;
                }
                _queue.Take(first);
                _meters.Begin(first.Tokens);
                (goes ??= []).Add(first);
            }
        }
        if (goes is null) return;
        foreach (var waiter in goes) waiter.End(LaneAnswer.Go);
    }

    private void GiveUp(object? state)
    {
        var waiter = (Waiter)state!;
        lock (_lock)
        {
            if (!_queue.Remove(waiter)) return;
            _shed++;
        }
        waiter.End(LaneAnswer.Shed(RetryAfter()));
        Pump();
    }

    private bool HasRoomUnderLock(long tokens) => _queue.Count == 0 && _meters.HasSlot && _meters.Until(tokens) <= TimeSpan.Zero;

    private TimeSpan RetryAfter()
    {
        lock (_lock) return _meters.UntilAll(_queue.Count + 1, _queue.Tokens);
    }
}
