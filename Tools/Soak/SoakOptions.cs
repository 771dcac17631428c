using System.Globalization;

namespace OrleansGateway.Soak;

/// <summary>What a soak is started with.</summary>
internal sealed record SoakOptions
{
    public const string Usage = """
        dotnet run -c Release --project Tools/Soak -- [--minutes 30] [--fault-every 20] [--seed N] [--rate 25] [--silos 3] [--tenants 4] [--hang-ups N | --spike N [--upstream N]] [--keep]
          --minutes      how long load and faults go on; the last deadlines take two minutes more
          --fault-every  seconds from one fault to the next; 0 for none
          --seed         draws calls and faults; printed, so that a run can be repeated
          --rate         calls a second over all tenants
          --hang-ups     instead of a soak, a storm of so many calls whose callers hang up at random moments; no faults
          --spike        instead of a soak, a minute of so many times the rate between two calmer stretches, judged by what callers see; no faults
          --upstream     what the upstream allows in the spike, calls a second, shared by tenants that may themselves ask for all of it; without it tenants' own limits refuse
          --keep         keep the folder with every process's log even when all is well
        """;

    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(30);

    public TimeSpan FaultEvery { get; init; } = TimeSpan.FromSeconds(20);

    public required int Seed { get; init; }

    public int Rate { get; init; } = 25;

    public int Silos { get; init; } = 3;

    public int Tenants { get; init; } = 4;

    /// <summary>Calls of a disconnect storm; 0 for a soak.</summary>
    public int HangUps { get; init; }

    /// <summary>How many times the rate a spike is; 0 for a soak.</summary>
    public int Spike { get; init; }

    /// <summary>Calls a second that the upstream allows; 0 for no limit.</summary>
    public int Upstream { get; init; }

    public bool Keep { get; init; }

    /// <summary>How long holds live here: short, so that deadlines pass while the run goes on.</summary>
    public TimeSpan HoldLife { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Throws <see cref="FormatException"/> for what it does not know.</summary>
    public static SoakOptions Parse(string[] args, int seed)
    {
        var options = new SoakOptions { Seed = seed };
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--minutes" => options with { Duration = TimeSpan.FromMinutes(Number(args, ++i)) },
                "--fault-every" => options with { FaultEvery = TimeSpan.FromSeconds(Number(args, ++i)) },
                "--seed" => options with { Seed = (int)Number(args, ++i) },
                "--rate" => options with { Rate = (int)Number(args, ++i) },
                "--silos" => options with { Silos = (int)Number(args, ++i) },
                "--tenants" => options with { Tenants = (int)Number(args, ++i) },
                "--hang-ups" => options with { HangUps = (int)Number(args, ++i) },
                "--spike" => options with { Spike = (int)Number(args, ++i) },
                "--upstream" => options with { Upstream = (int)Number(args, ++i) },
                "--keep" => options with { Keep = true },
                var unknown => throw new FormatException($"'{unknown}' is not an argument."),
            };
        }
        if (options.Duration <= TimeSpan.Zero || options.Rate < 1 || options.Silos < 1 || options.Tenants < 1)
            throw new FormatException("--minutes, --rate, --silos and --tenants must be above zero.");
        return options;
    }

    private static double Number(string[] args, int at) =>
        at < args.Length && double.TryParse(args[at], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{args[at - 1]} needs a number.");
}
