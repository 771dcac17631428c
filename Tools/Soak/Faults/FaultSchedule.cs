using OrleansGateway.Simulator;

namespace OrleansGateway.Soak;

/// <summary>
/// One fault after another, drawn from the seed: silos killed and frozen, Redis stopped and killed, an upstream that misbehaves. At most one silo is in
/// a fault at a time, so that there is always somebody who must serve.
/// </summary>
internal sealed class FaultSchedule(Cluster cluster, SoakOptions options, TimeProvider time, Action<string> say)
{
    private static readonly (string Name, SimulatorScript Script)[] UpstreamFaults =
    [
        ("500s", new SimulatorScript { Status = 500 }),
        ("429s", new SimulatorScript { Status = 429, RetryAfter = "1" }),
        ("connections closed before headers, billed all the same", new SimulatorScript { CloseBeforeHeaders = true, BillAnyway = true }),
        ("streams cut after five chunks", new SimulatorScript { CutAfterChunks = 5, ChunkDelayMs = 5 }),
        ("answers cut after 100 bytes", new SimulatorScript { CutAfterBytes = 100 }),
        ("answers of eight seconds", new SimulatorScript { LatencyMs = 8_000 }),
        ("no usage", new SimulatorScript { Usage = UsageShape.Missing }),
        ("negative usage", new SimulatorScript { Usage = UsageShape.Negative }),
        ("fractional usage", new SimulatorScript { Usage = UsageShape.Fractional }),
        ("error events", new SimulatorScript { ErrorEventAt = 3 }),
    ];

    private static readonly Kind[] Cards = [Kind.Kill, Kind.Kill, Kind.Freeze, Kind.Freeze, Kind.StopRedis, Kind.KillRedis, Kind.Upstream, Kind.Upstream, Kind.Upstream];

    private readonly Random _random = new(options.Seed ^ 0xfa17);
    private readonly List<Task> _under = [];
    private Queue<Kind> _deck = new();
    private bool _redisInFault;

    public int Count { get; private set; }

    /// <summary>Goes on until it is cancelled; then heals everything that it broke.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        if (options.FaultEvery > TimeSpan.Zero)
        {
            using var timer = new PeriodicTimer(options.FaultEvery, time);
            try
            {
                while (await timer.WaitForNextTickAsync(stop)) _under.Add(Next(stop));
            }
            catch (OperationCanceledException)
            {
                // The faults under way heal by themselves: their waits are cut short.
            }
        }
        await Task.WhenAll(_under);
    }

    private Task Next(CancellationToken stop)
    {
        Count++;
        var free = cluster.Silos.All(s => !s.InFault);
        var silo = cluster.Silos[_random.Next(cluster.Silos.Count)];
        return Draw(free) switch
        {
            Kind.Kill => KillAsync(silo, TimeSpan.FromSeconds(_random.Next(0, 6)), stop),
            Kind.Freeze => FreezeAsync(silo, TimeSpan.FromSeconds(_random.Next(5, 91)), stop),
            Kind.StopRedis => RestartRedisAsync(politely: true, TimeSpan.FromMilliseconds(_random.Next(100, 6_000)), stop),
            Kind.KillRedis => RestartRedisAsync(politely: false, TimeSpan.FromMilliseconds(_random.Next(100, 6_000)), stop),
            _ => MisbehaveAsync(UpstreamFaults[_random.Next(UpstreamFaults.Length)], TimeSpan.FromSeconds(_random.Next(3, 15)), stop),
        };
    }

    /// <summary>The next card of a shuffled deck, so that every kind of fault comes in any order; one that cannot be played now is passed over.</summary>
    private Kind Draw(bool free)
    {
        while (true)
        {
            if (_deck.Count == 0) _deck = new Queue<Kind>(Shuffled());
            var kind = _deck.Dequeue();
            if (kind is Kind.Kill or Kind.Freeze && !free) continue;
            if (kind is Kind.StopRedis or Kind.KillRedis && _redisInFault) continue;
            return kind;
        }
    }

    private Kind[] Shuffled()
    {
        Kind[] cards = [.. Cards];
        _random.Shuffle(cards);
        return cards;
    }

    private async Task KillAsync(SiloNode silo, TimeSpan away, CancellationToken stop)
    {
        silo.InFault = true;
        say($"kill -9 {silo.Name}, back after {away.TotalSeconds:0.#} s");
        await silo.KillAsync();
        await WaitAsync(away, stop);
        await silo.StartAsync(CancellationToken.None);
        say($"{silo.Name} serves again");
        silo.InFault = false;
    }

    private async Task FreezeAsync(SiloNode silo, TimeSpan frozen, CancellationToken stop)
    {
        silo.InFault = true;
        say($"freeze {silo.Name} for {frozen.TotalSeconds:0} s");
        await silo.FreezeAsync();
        await WaitAsync(frozen, stop);
        await silo.ThawAsync();
        say($"{silo.Name} thawed");
        silo.InFault = false;
    }

    private async Task RestartRedisAsync(bool politely, TimeSpan away, CancellationToken stop)
    {
        _redisInFault = true;
        say($"Redis: {(politely ? "SIGTERM" : "kill -9")}, back after {away.TotalSeconds:0.#} s");
        await cluster.Redis.StopAsync(politely);
        await WaitAsync(away, stop);
        await cluster.Redis.StartAsync(CancellationToken.None);
        _redisInFault = false;
    }

    private async Task MisbehaveAsync((string Name, SimulatorScript Script) fault, TimeSpan duration, CancellationToken stop)
    {
        say($"upstream: {fault.Name} for {duration.TotalSeconds:0} s");
        cluster.Simulator.Script.Default = fault.Script;
        await WaitAsync(duration, stop);
        cluster.Simulator.Script.Default = SimulatorScript.Plain;
    }

    private Task WaitAsync(TimeSpan duration, CancellationToken stop) =>
        Task.Delay(duration, time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private enum Kind
    {
        Kill,
        Freeze,
        StopRedis,
        KillRedis,
        Upstream,
    }
}
