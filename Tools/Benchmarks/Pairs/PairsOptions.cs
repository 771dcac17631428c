using System.Globalization;

namespace OrleansGateway.Benchmarks;

/// <summary>What is measured.</summary>
internal sealed record PairsOptions
{
    public const string Usage = """
        dotnet run -c Release --project Tools/Benchmarks -- [--store embedded|redis|all] [--tenants N|all] [--in-flight 256] [--seconds 10] [--warm-up 10]
          --store      the embedded store with a flush at every commit, a redis-server of its own with appendfsync always, or one after the other (default)
          --tenants    how many tenants share the load; all: 1, then 1000 (default)
        """;

    public string[] Stores { get; init; } = ["embedded", "redis"];

    public int[] Tenants { get; init; } = [1, 1000];

    public int InFlight { get; init; } = 256;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(10);

    public IEnumerable<(string Store, int Tenants)> Cases() => from store in Stores from tenants in Tenants select (store, tenants);

    /// <summary>Throws <see cref="FormatException"/> for what it does not know.</summary>
    public static PairsOptions Parse(string[] args)
    {
        var options = new PairsOptions();
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--store" => Value(args, ++i) switch
                {
                    "all" => options,
                    "embedded" or "redis" => options with { Stores = [args[i]] },
                    var other => throw new FormatException($"There is no store '{other}'."),
                },
                "--tenants" => Value(args, ++i) == "all" ? options : options with { Tenants = [Number(args, i)] },
                "--in-flight" => options with { InFlight = Number(args, ++i) },
                "--seconds" => options with { Duration = TimeSpan.FromSeconds(Number(args, ++i)) },
                "--warm-up" => options with { WarmUp = TimeSpan.FromSeconds(Number(args, ++i)) },
                var unknown => throw new FormatException($"'{unknown}' is not an argument."),
            };
        }
        return options;
    }

    private static string Value(string[] args, int at) => at < args.Length ? args[at] : throw new FormatException($"{args[at - 1]} needs a value.");

    private static int Number(string[] args, int at) =>
        int.TryParse(Value(args, at), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{args[at - 1]} needs a whole number above 0.");
}
