using System.Globalization;
using OrleansGateway.Benchmarks;

string[] usages =
[
    PairsOptions.Usage, MicroRun.Usage, TenantsRun.Usage, MemoryRun.Usage, StartRun.Usage,
    SteadyRun.Usage, UsageRun.Usage, CostPage.Usage, TelemetryRun.Usage, FixedUpstream.Usage,
];
try
{
    switch (args)
    {
        case ["--help" or "-h" or "help"]:
            foreach (var usage in usages) Console.WriteLine(usage);
            break;
        case ["micro", .. var rest]: return MicroRun.Run(rest);
        case ["tenants", .. var rest]: await TenantsRun.RunAsync(rest); break;
        case ["memory", .. var rest]: await MemoryRun.RunAsync(rest); break;
        case ["start", .. var rest]: await StartRun.RunAsync(rest); break;
        case ["steady", .. var rest]: await SteadyRun.RunAsync(rest); break;
        case ["upstream", .. var rest]: await FixedUpstream.RunAsync(rest); break;
        case ["usage"]: await new UsageRun(1_000_000).MeasureAsync(); break;
        case ["usage", var requests] when int.TryParse(requests, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0:
            await new UsageRun(count).MeasureAsync();
            break;
        case ["usage", ..]: throw new FormatException("'usage' takes a number of requests.");
        case ["cost"]: Console.Write(CostPage.Write()); break;
        case ["telemetry"]:
            foreach (var line in TelemetryRun.Measure()) Console.WriteLine(line);
            break;
        default: await PairsCommand.RunAsync(args); break;
    }
    return 0;
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    foreach (var usage in usages) Console.Error.WriteLine(usage);
    return 2;
}
catch (Exception e) when (e is HttpRequestException or InvalidOperationException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
