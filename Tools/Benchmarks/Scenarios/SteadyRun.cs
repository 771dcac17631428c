using System.Globalization;
using OrleansGateway.LoadTest;

namespace OrleansGateway.Benchmarks;

/// <summary>Minutes at a rate that keeps the machine busy for a share of its time: whether its memory stays where it is, and how long its collector stops it.</summary>
internal static class SteadyRun
{
    public const string Usage = "dotnet run -c Release --project Tools/Benchmarks -- steady [--minutes 10] [--share 0.7] [--tenants 100]";

    private const int Loops = 64;
    private const double MiB = 1024 * 1024;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Capacity = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Rehearsal = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(string[] args)
    {
        var options = Arguments.Read(args, "--minutes", "--share", "--tenants");
        using var folder = new ScratchFolder("steady");
        var pauses = Path.Combine(folder.Path, "pauses");
        await using var upstream = await FixedUpstream.StartAsync(0, events: 2, TimeSpan.Zero);
        await using var gateway = await ScenarioGateway.StartAsync(
            folder.Path, upstream.BaseAddress,
            ("DOTNET_STARTUP_HOOKS", Path.Combine(AppContext.BaseDirectory, "OrleansGateway.PauseReport.dll")), (StartupHook.FileVariable, pauses));
        var tenants = await gateway.Admin.OpenAsync("tenant", options.Whole("--tenants", 100), keys: 1, CancellationToken.None);

        double most;
        using (var loop = new ClosedLoop(gateway.Load(1, WarmUp, Capacity), Loops))
        {
            _ = await loop.MeasureAsync(tenants, WarmUp);
            most = await loop.MeasureAsync(tenants, Capacity);
        }

        // A request costs less the more there are, so a rate is no share of what loops reach. Once the generator is compiled, how busy the machine is at a
        // quarter of it says which rate keeps it busy for the share asked for.
        var pilot = most / 4;
        _ = await LoadTestRun.MeasureAsync(gateway.Load(pilot, TimeSpan.Zero, Rehearsal), tenants, books: null, TimeProvider.System, CancellationToken.None);
        var from = MachineTime.Now();
        _ = await LoadTestRun.MeasureAsync(gateway.Load(pilot, TimeSpan.Zero, Rehearsal), tenants, books: null, TimeProvider.System, CancellationToken.None);
        var busy = MachineTime.Now().BusySince(from);
        var rate = pilot * options.Number("--share", 0.7) / busy;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{most:N0} requests/s in {Loops} loops; {busy:P0} of the machine at {pilot:N0}/s; {rate:N0}/s from now on"));

        using var over = new CancellationTokenSource();
        var minutes = TimeSpan.FromMinutes(options.Number("--minutes", 10));
        var before = File.Exists(pauses) ? File.ReadAllLines(pauses).Length : 0;
        var watching = WatchAsync(gateway.Process, over.Token);
        var began = MachineTime.Now();
        var report = await LoadTestRun.MeasureAsync(gateway.Load(rate, TimeSpan.Zero, minutes), tenants, books: null, TimeProvider.System, CancellationToken.None);
        await over.CancelAsync();
        foreach (var line in report.Lines()) Console.WriteLine(line);

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{MachineTime.Now().BusySince(began):P0} of the machine"));
        var memory = await watching;
        var third = Math.Max(1, memory.Count / 3);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"memory: {memory.Take(third).Average():N0} MiB in the first third, "
            + $"{memory.Skip(third).Take(third).DefaultIfEmpty().Average():N0} in the second, {memory.TakeLast(third).Average():N0} in the last"));
        Console.WriteLine($"by the minute: {string.Join(", ", memory.Chunk(60).Select(minute => minute.Average().ToString("N0", CultureInfo.InvariantCulture)))}");
        List<double> longest = [.. (File.Exists(pauses) ? File.ReadAllLines(pauses) : []).Skip(before).Select(line => double.Parse(line, CultureInfo.InvariantCulture))];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"collections of the second generation: {longest.Count}; the longest pause {longest.DefaultIfEmpty().Max():N1} ms"));
    }

    private static async Task<IReadOnlyList<double>> WatchAsync(ProcessGroup process, CancellationToken over)
    {
        var samples = new List<double> { process.ResidentBytes / MiB };
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(over)) samples.Add(process.ResidentBytes / MiB);
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }
        return samples;
    }
}
