using System.Collections.Concurrent;
using OrleansGateway.Soak;

namespace OrleansGateway.LoadTest;

/// <summary>Places every call when it is due, on a thread of its own, whether earlier ones are answered or not.</summary>
internal sealed class Generator : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    private readonly LoadTestOptions _options;
    private readonly CallSource _source;
    private readonly TimeProvider _time;
    private readonly LoadCaller _caller;
    private readonly ConcurrentQueue<ClientCall>? _told;
    private readonly long _started;
    private int _inFlight;
    private long _ended;
    private long _events;

    public Generator(LoadTestOptions options, CallSource source, TimeProvider time)
    {
        (_options, _source, _time) = (options, source, time);
        _told = options.Simulator is null ? null : new ConcurrentQueue<ClientCall>();
        _caller = new LoadCaller(options, Since, count => Interlocked.Add(ref _events, count));
        Tally = new LoadTally(options.WarmUp);
        _started = time.GetTimestamp();
    }

    public LoadTally Tally { get; }

    /// <summary>What each caller was told, for the books; empty when none are compared.</summary>
    public IReadOnlyCollection<ClientCall> Told => _told is null ? [] : _told;

    /// <summary>Returns when the last call has been answered or given up; what the processes used while the load lasted.</summary>
    public async Task<Measured> RunAsync(CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var measured = await Task.Factory.StartNew(() => Place(patience.Token), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        patience.CancelAfter(_options.Patience);
        while (Volatile.Read(ref _inFlight) > 0) await Task.Delay(Beat, _time, CancellationToken.None);
        return measured;
    }

    public void Dispose() => _caller.Dispose();

    private Measured Place(CancellationToken stop)
    {
        var schedule = new ArrivalSchedule(_options.Rate, _options.Arrivals, new Random(_options.Seed));
        var end = _options.WarmUp + _options.Duration;
        Snapshot? from = null;
        for (var due = schedule.Next(); due < end; due = schedule.Next())
        {
            if (from is null && due >= _options.WarmUp)
            {
                Wait(_options.WarmUp, stop);
                from = Look();
            }
            Wait(due, stop);
            if (stop.IsCancellationRequested) break;
            if (Volatile.Read(ref _inFlight) < _options.MostInFlight)
            {
                Interlocked.Increment(ref _inFlight);
                _ = PlaceAsync(due, stop);
            }
            else
            {
                Tally.Add(new CallOutcome(due, due, due) { Error = "too many calls under way" });
            }
        }
        Wait(end, stop);
        return Measured.Between(from ?? Look(), Look(), _options.Processes);
    }

    private void Wait(TimeSpan until, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && Since() is var now && now < until) Pause.Towards(until - now);
    }

    private async Task PlaceAsync(TimeSpan due, CancellationToken stop)
    {
        try
        {
            var (plan, tenant, key, body) = _source.Next();
            var call = new ClientCall { Tenant = tenant.Id, Plan = plan, StartedAt = _time.GetUtcNow() };
            var (outcome, told) = await _caller.PlaceAsync(due, key, body, call, stop);
            Tally.Add(outcome);
            _told?.Enqueue(told);
        }
        finally
        {
            Interlocked.Increment(ref _ended);
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private TimeSpan Since() => _time.GetElapsedTime(_started);

    private Snapshot Look() => new(Since(), Interlocked.Read(ref _ended), Interlocked.Read(ref _events), [.. _options.Processes.Select(group => group.Cpu)]);
}
