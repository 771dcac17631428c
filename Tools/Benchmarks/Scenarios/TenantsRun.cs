using System.Globalization;
using OrleansGateway.LoadTest;

namespace OrleansGateway.Benchmarks;

/// <summary>
/// What a request costs when it is one of many tenants', beside what it costs among ten. Each key was called before, and each gateway as often as the other: what
/// the just-in-time compiler does for the first calls would hide all else.
/// </summary>
internal static class TenantsRun
{
    public const string Usage = "dotnet run -c Release --project Tools/Benchmarks -- tenants [--tenants 10000] [--keys 10] [--rate 300] [--seconds 20]";

    private const int Few = 10;
    private const int Loops = 32;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string[] args)
    {
        var options = Arguments.Read(args, "--tenants", "--keys", "--rate", "--seconds");
        var keys = options.Whole("--keys", 10);
        var tenants = options.Whole("--tenants", 10_000);
        var few = await MeasureAsync(Few);
        var many = await MeasureAsync(tenants);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"× {many / few:N2}"));

        Task<double> MeasureAsync(int count) => TenantsRun.MeasureAsync(count, keys, tenants * keys, options.Number("--rate", 300), options.Seconds("--seconds", 20));
    }

    private static async Task<double> MeasureAsync(int tenants, int keys, int touches, double rate, TimeSpan duration)
    {
        using var folder = new ScratchFolder("tenants");
        await using var upstream = await FixedUpstream.StartAsync(0, events: 2, TimeSpan.Zero);
        await using var gateway = await ScenarioGateway.StartAsync(folder.Path, upstream.BaseAddress);
        var opened = await gateway.Admin.OpenAsync("tenant", tenants, keys, CancellationToken.None);
        var load = gateway.Load(rate, WarmUp, duration);
        using (var loop = new ClosedLoop(load, Loops)) await loop.TouchAsync(opened, touches);
        var report = await LoadTestRun.MeasureAsync(load, opened, books: null, TimeProvider.System, CancellationToken.None);
        var use = report.Processes[0];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{tenants,7:N0} tenants of {keys} keys, {report.Ended:N0} requests/s: {use.MicrosPerCall:N0} µs CPU a request, "
            + $"p50 {report.Waited?.P50:N2} ms, p99 {report.Waited?.P99:N2} ms, {use.ResidentMiB:N0} MiB"));
        if (!report.IsWell) foreach (var line in report.Lines()) Console.WriteLine(line);
        return use.MicrosPerCall ?? double.NaN;
    }
}
