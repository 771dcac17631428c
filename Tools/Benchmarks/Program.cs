using System.Globalization;
using OrleansGateway.Benchmarks;

if (args is ["usage", ..])
{
    var requests = 1_000_000;
    if (args.Length > 2 || (args.Length == 2 && !(int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out requests) && requests > 0)))
    {
        Console.Error.WriteLine(UsageRun.Usage);
        return 2;
    }

    await new UsageRun(requests).MeasureAsync();
    return 0;
}

if (args is ["cost"])
{
    Console.Write(CostPage.Write());
    return 0;
}

if (args is ["telemetry"])
{
    foreach (var line in TelemetryRun.Measure()) Console.WriteLine(line);
    return 0;
}

PairsOptions options;
try
{
    options = PairsOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"{e.Message}\n{PairsOptions.Usage}\n{UsageRun.Usage}\n{CostPage.Usage}\n{TelemetryRun.Usage}");
    return 2;
}

foreach (var (store, tenants) in options.Cases())
{
    await using var silo = await PairsSilo.StartAsync(store, tenants);
    var result = await new PairsRun(silo, options).MeasureAsync();
    Console.WriteLine(result.Line());
}
return 0;
