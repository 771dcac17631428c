namespace OrleansGateway.Benchmarks;

/// <summary>Measures pairs of reservation and posting on each store and number of tenants asked for.</summary>
internal static class PairsCommand
{
    public static async Task RunAsync(string[] args)
    {
        var options = PairsOptions.Parse(args);
        foreach (var (store, tenants) in options.Cases())
        {
            await using var silo = await PairsSilo.StartAsync(store, tenants);
            var result = await new PairsRun(silo, options).MeasureAsync();
            Console.WriteLine(result.Line());
        }
    }
}
