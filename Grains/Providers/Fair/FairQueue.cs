namespace OrleansGateway;

/// <summary>
/// Who is next when a lane is limited: worst-case fair weighted fair queueing (WF²Q, Bennett and Zhang 1996). Beside the queue runs a fluid that serves
/// all tenants who wait at once, each by its weight; of the requests that the fluid has begun, the one that it would finish first is next. The fluid's clock is the
/// work that was let through, so it needs no other. No tenant falls behind the fluid by more than one request, and none gets ahead of it by more than one.
/// Not safe by itself: its lane locks.
/// </summary>
internal sealed class FairQueue
{
    // Of virtual times that are sums of quotients.
    private const double Rounding = 1e-9;

    private readonly Dictionary<string, Flow> _flows = new(StringComparer.Ordinal);
    private double _now;
    private long _arrivals;

    /// <summary>Requests that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens that they are expected to take.</summary>
    public long Tokens { get; private set; }

    public void Add(Waiter waiter)
    {
        if (!_flows.TryGetValue(waiter.Tenant, out var flow)) _flows[waiter.Tenant] = flow = new Flow();
        flow.Weight = waiter.Weight;
        flow.Add(new Entry(waiter, _arrivals++, _now));
        Count++;
        Tokens += waiter.Tokens;
    }

    /// <summary>Who is next; null when nobody waits.</summary>
    public Waiter? First()
    {
        Flow? first = null;
        foreach (var flow in _flows.Values)
            if (flow.Waiting.Count > 0 && (first is null || IsBefore(flow, first))) first = flow;
        return first?.Head.Waiter;
    }

    /// <summary>Who would be served last as things stand; null when nobody waits.</summary>
    public Waiter? Last()
    {
        Flow? last = null;
        foreach (var flow in _flows.Values)
            if (flow.Waiting.Count > 0
                && (last is null || flow.End > last.End + Rounding || (flow.End > last.End - Rounding && flow.Tail.Arrival > last.Tail.Arrival))) last = flow;
        return last?.Tail.Waiter;
    }

    /// <summary>Lets the first one through.</summary>
    public void Take(Waiter first)
    {
        var flow = _flows[first.Tenant];
        if (flow.Head.Waiter != first) throw new InvalidOperationException("It is not the first of its tenant.");
        flow.Take();
        Left(first);
        Advance(first.Cost);
        ForgetWhenEmpty();
    }

    /// <summary>Somebody waits no longer; false when it did not wait.</summary>
    public bool Remove(Waiter waiter)
    {
        if (!_flows.TryGetValue(waiter.Tenant, out var flow) || !flow.Remove(waiter)) return false;
        Left(waiter);
        ForgetWhenEmpty();
        return true;
    }

    private void Left(Waiter waiter)
    {
        Count--;
        Tokens -= waiter.Tokens;
    }

    // When nobody waits the fluid is at its end, too: both have done the same work.
    private void ForgetWhenEmpty()
    {
        if (Count > 0) return;
        _flows.Clear();
        _now = 0;
    }

    /// <summary>The fluid does that much work, for all whom it has not served to their end.</summary>
    private void Advance(double work)
    {
        while (work > 0)
        {
            var (weights, end) = (0L, double.PositiveInfinity);
            foreach (var flow in _flows.Values)
            {
                if (flow.End <= _now) continue;
                weights += flow.Weight;
                end = Math.Min(end, flow.End);
            }
            if (weights == 0) return;
            if ((end - _now) * weights > work)
            {
                _now += work / weights;
                return;
            }
            work -= (end - _now) * weights;
            _now = end;
            ForgetDrained();
        }
    }

    private void ForgetDrained()
    {
        foreach (var (tenant, flow) in _flows)
            if (flow.Waiting.Count == 0 && flow.End <= _now) _flows.Remove(tenant);
    }

    private bool IsBefore(Flow one, Flow other)
    {
        var (begun, otherBegun) = (one.Head.Start <= _now + Rounding, other.Head.Start <= _now + Rounding);
        if (begun != otherBegun) return begun;
        var (mine, others) = begun ? (one.Head.End, other.Head.End) : (one.Head.Start, other.Head.Start);
        return Math.Abs(mine - others) <= Rounding ? one.Head.Arrival < other.Head.Arrival : mine < others;
    }

    /// <summary>One request, and when the fluid begins and ends it.</summary>
    private sealed record Entry(Waiter Waiter, long Arrival, double Came)
    {
        public double Start { get; set; }

        public double End { get; set; }
    }

    /// <summary>One tenant's requests, in the order in which they came.</summary>
    private sealed class Flow
    {
        // When the fluid ends the last that was let through.
        private double _served;

        public int Weight { get; set; }

        public LinkedList<Entry> Waiting { get; } = new();

        /// <summary>When the fluid ends the last of them.</summary>
        public double End => Waiting.Last?.Value.End ?? _served;

        public Entry Head => Waiting.First!.Value;

        public Entry Tail => Waiting.Last!.Value;

        public void Add(Entry entry) => Place(Waiting.AddLast(entry));

        public void Take()
        {
            _served = Head.End;
            Waiting.RemoveFirst();
        }

        public bool Remove(Waiter waiter)
        {
            var node = Waiting.First;
            while (node is not null && node.Value.Waiter != waiter) node = node.Next;
            if (node is null) return false;
            // Those behind it move up.
            var next = node.Next;
            Waiting.Remove(node);
            for (; next is not null; next = next.Next) Place(next);
            return true;
        }

        private void Place(LinkedListNode<Entry> node)
        {
            var entry = node.Value;
            entry.Start = Math.Max(node.Previous?.Value.End ?? _served, entry.Came);
            entry.End = entry.Start + (entry.Waiter.Cost / Weight);
        }
    }
}
