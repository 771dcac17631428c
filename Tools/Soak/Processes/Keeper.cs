namespace OrleansGateway.Soak;

/// <summary>Starts again what ends by itself, as an orchestrator would, and watches every silo's memory.</summary>
internal sealed class Keeper(Cluster cluster, TimeProvider time, Action<string> say)
{
    private const int MiB = 1024 * 1024;

    // A heap grows until the first collections; what keeps growing after that is a leak.
    private const double MostGrowth = 1.3;
    private const double Slack = 64;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, List<double>> _samples = cluster.Silos.ToDictionary(s => s.Name, _ => new List<double>());

    /// <summary>How often a silo ended that no fault had ended.</summary>
    public int EndedByThemselves { get; private set; }

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (!stop.IsCancellationRequested)
        {
            foreach (var silo in cluster.Silos)
            {
                if (silo.InFault) continue;
                if (silo.HasEnded) await RestartAsync(silo);
                else if (silo.ResidentBytes is > 0 and var bytes) _samples[silo.Name].Add(bytes / (double)MiB);
            }
            try
            {
                await timer.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Each silo's mean memory in the first and in the last third of the run, and whether it grew.</summary>
    public IEnumerable<(string Silo, double First, double Last, bool Flat)> Memory() => _samples.Where(s => s.Value.Count >= 3).Select(s =>
    {
        var third = s.Value.Count / 3;
        var (first, last) = (s.Value.Take(third).Average(), s.Value.TakeLast(third).Average());
        return (s.Key, first, last, last <= (first * MostGrowth) + Slack);
    });

    private async Task RestartAsync(SiloNode silo)
    {
        EndedByThemselves++;
        silo.InFault = true;
        say($"{silo.Name} has ended by itself and is started again");
        await silo.KillAsync();
        await silo.StartAsync(CancellationToken.None);
        say($"{silo.Name} serves again");
        silo.InFault = false;
    }
}
