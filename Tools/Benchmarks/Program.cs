using OrleansGateway.Benchmarks;

PairsOptions options;
try
{
    options = PairsOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"{e.Message}\n{PairsOptions.Usage}");
    return 2;
}

foreach (var (store, tenants) in options.Cases())
{
    await using var silo = await PairsSilo.StartAsync(store, tenants);
    var result = await new PairsRun(silo, options).MeasureAsync();
    Console.WriteLine(result.Line());
}
return 0;
