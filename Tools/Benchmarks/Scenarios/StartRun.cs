using System.Diagnostics;
using System.Globalization;

namespace OrleansGateway.Benchmarks;

/// <summary>How long a process takes from its start until it serves, with few tenants in its store and with many.</summary>
internal static class StartRun
{
    public const string Usage = "dotnet run -c Release --project Tools/Benchmarks -- start [--tenants 100000] [--starts 5]";

    private const int Few = 10;

    public static async Task RunAsync(string[] args)
    {
        var options = Arguments.Read(args, "--tenants", "--starts");
        var few = await MeasureAsync(Few, options.Whole("--starts", 5));
        var many = await MeasureAsync(options.Whole("--tenants", 100_000), options.Whole("--starts", 5));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(many - few).TotalMilliseconds:+0;-0} ms"));
    }

    private static async Task<TimeSpan> MeasureAsync(int tenants, int starts)
    {
        using var folder = new ScratchFolder("start");
        await using var upstream = await FixedUpstream.StartAsync(0, events: 2, TimeSpan.Zero);
        await using (var first = await ScenarioGateway.StartAsync(folder.Path, upstream.BaseAddress))
        {
            await first.Admin.OpenAsync("tenant", tenants, keys: 1, CancellationToken.None);
            await first.StopAsync();
        }

        var took = new List<TimeSpan>();
        for (var i = 0; i < starts; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await using var gateway = await ScenarioGateway.StartAsync(folder.Path, upstream.BaseAddress);
            took.Add(Stopwatch.GetElapsedTime(started));
            // It serves whoever was there before.
            _ = await gateway.Admin.GetAsync(string.Create(CultureInfo.InvariantCulture, $"tenants/tenant-{tenants}"));
            await gateway.StopAsync();
        }
        var median = took.Order().ElementAt(took.Count / 2);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{tenants,7:N0} tenants in the store: serves after {median.TotalMilliseconds:N0} ms "
            + $"(median of {starts}; {took.Min().TotalMilliseconds:N0} to {took.Max().TotalMilliseconds:N0})"));
        return median;
    }
}
