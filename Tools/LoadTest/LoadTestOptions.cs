using System.Globalization;

namespace OrleansGateway.LoadTest;

/// <summary>What a load test is started with.</summary>
internal sealed record LoadTestOptions
{
    public const string Usage = """
        dotnet run -c Release --project Tools/LoadTest -- [options]

        Places calls when they are due, whatever became of earlier ones, and prints what callers waited, counted from then.

        whom
          --url URL            where calls go (http://localhost:8080)
          --path PATH          of the route (/v1/chat/completions)
          --admin-key KEY      opens tenants of its own with high limits and budgets, and places their calls; or the environment's GATEWAY_ADMIN_KEY
          --tenants N          how many (10)
          --keys N             api keys of each (1)
          --key KEY            in place of an admin key: one api key for all calls
          --header NAME:VALUE  sent with each call; may be given several times. With neither key nor admin key, calls carry none
        what
          --model NAME         (gpt-4.1)
          --prompt-bytes N     length of the question (400)
          --max-tokens N       (60)
          --body FILE          sent as it is, in place of all these
          --stream             ask for an event stream
        how
          --rate N             calls a second (50)
          --seconds N          how long (10)
          --warm-up N          seconds of the same load before, not counted (2)
          --arrivals KIND      poisson, as independent callers come (default), or even
          --seed N             draws gaps, tenants and keys (1)
          --in-flight N        calls under way at once; those that are due beyond it are counted as failed (8000)
          --patience N         seconds that answers may take after the last call (60)
        and then
          --simulator URL      the upstream is this simulator and nobody else calls it meanwhile: compare its bill, the gateway's ledger and what callers were
                               told. Needs an admin key; at most 100,000 calls, for it remembers no more
          --cpu NAME=PID,PID   processes to measure beside: processor time a call and an event, memory; may be given several times
          --json               one line of JSON instead of text

        Ends with 0; with 1 when books differ, when a call ended neither in an answer nor in a 429 or 503 with retry-after, or when nothing was answered; with 2
        when it could not run.
        """;

    public Uri Url { get; init; } = new("http://localhost:8080");

    public string Path { get; init; } = "/v1/chat/completions";

    public string? AdminKey { get; init; }

    public int Tenants { get; init; } = 10;

    public int Keys { get; init; } = 1;

    public string? Key { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public string Model { get; init; } = "gpt-4.1";

    public int PromptBytes { get; init; } = 400;

    public int MaxTokens { get; init; } = 60;

    public string? BodyFile { get; init; }

    public bool Stream { get; init; }

    public double Rate { get; init; } = 50;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    public ArrivalKind Arrivals { get; init; } = ArrivalKind.Poisson;

    public int Seed { get; init; } = 1;

    /// <summary>Each takes a file of the process, and one that is out of files dies.</summary>
    public int MostInFlight { get; init; } = 8_000;

    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    public Uri? Simulator { get; init; }

    public IReadOnlyList<ProcessGroup> Processes { get; init; } = [];

    public bool Json { get; init; }

    /// <summary>Throws <see cref="FormatException"/> for what it does not know and for what does not go together.</summary>
    public static LoadTestOptions Parse(string[] args, string? adminKey = null)
    {
        var options = new LoadTestOptions();
        for (var i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--url" => options with { Url = Address(args, ++i) },
                "--path" => options with { Path = Value(args, ++i) },
                "--admin-key" => options with { AdminKey = Value(args, ++i) },
                "--tenants" => options with { Tenants = Count(args, ++i) },
                "--keys" => options with { Keys = Count(args, ++i) },
                "--key" => options with { Key = Value(args, ++i) },
                "--header" => options with { Headers = [.. options.Headers, Header(args, ++i)] },
                "--model" => options with { Model = Value(args, ++i) },
                "--prompt-bytes" => options with { PromptBytes = Count(args, ++i) },
                "--max-tokens" => options with { MaxTokens = Count(args, ++i) },
                "--body" => options with { BodyFile = Value(args, ++i) },
                "--stream" => options with { Stream = true },
                "--rate" => options with { Rate = Number(args, ++i, above: 0) },
                "--seconds" => options with { Duration = TimeSpan.FromSeconds(Number(args, ++i, above: 0)) },
                "--warm-up" => options with { WarmUp = TimeSpan.FromSeconds(Number(args, ++i)) },
                "--arrivals" => options with { Arrivals = Kind(args, ++i) },
                "--seed" => options with { Seed = Count(args, ++i) },
                "--in-flight" => options with { MostInFlight = Count(args, ++i) },
                "--patience" => options with { Patience = TimeSpan.FromSeconds(Number(args, ++i, above: 0)) },
                "--simulator" => options with { Simulator = Address(args, ++i) },
                "--cpu" => options with { Processes = [.. options.Processes, Group(args, ++i)] },
                "--json" => options with { Json = true },
                var unknown => throw new FormatException($"'{unknown}' is not an option."),
            };
        }
        // What the environment says is meant for whoever names no key at all.
        if (options.Key is null && options.AdminKey is null && options.BodyFile is null) options = options with { AdminKey = adminKey };
        options.Check();
        return options;
    }

    private void Check()
    {
        if (Key is not null && AdminKey is not null) throw new FormatException("Give --key or --admin-key, not both.");
        if (BodyFile is not null && !File.Exists(BodyFile)) throw new FormatException($"There is no file '{BodyFile}'.");
        if (Path is not (Soak.CallPlan.Chat or Soak.CallPlan.Responses or Soak.CallPlan.Messages or Soak.CallPlan.ShortChat) && BodyFile is null)
            throw new FormatException($"--path {Path} needs a --body.");
        if (Processes.FirstOrDefault(group => !group.Lives) is { } gone) throw new FormatException($"Not all processes of '{gone.Name}' are there.");
        if (Simulator is null) return;
        if (AdminKey is null) throw new FormatException("--simulator needs an admin key: the ledger is read with it.");
        if (BodyFile is not null) throw new FormatException("--simulator needs calls that the books can be asked for: leave out --body.");
        if (Rate * (Duration + WarmUp).TotalSeconds > Soak.ThreeBooks.MostCalls)
            throw new FormatException($"The simulator remembers {Soak.ThreeBooks.MostCalls:N0} calls: choose a lower --rate or fewer --seconds.");
    }

    private static string Value(string[] args, int at) => at < args.Length ? args[at] : throw new FormatException($"{args[at - 1]} needs a value.");

    private static int Count(string[] args, int at) =>
        int.TryParse(Value(args, at), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{args[at - 1]} needs a whole number above 0.");

    private static double Number(string[] args, int at, double above = -1) =>
        double.TryParse(Value(args, at), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > above
            ? number
            : throw new FormatException($"{args[at - 1]} needs a number{(above < 0 ? "" : " above 0")}.");

    private static Uri Address(string[] args, int at) =>
        Uri.TryCreate(Value(args, at), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new FormatException($"{args[at - 1]} needs an address such as http://localhost:8080.");

    private static ArrivalKind Kind(string[] args, int at) => Value(args, at) switch
    {
        "poisson" => ArrivalKind.Poisson,
        "even" => ArrivalKind.Even,
        var other => throw new FormatException($"--arrivals is poisson or even, not '{other}'."),
    };

    private static (string Name, string Value) Header(string[] args, int at)
    {
        var text = Value(args, at);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? (text[..colon].Trim(), text[(colon + 1)..].Trim()) : throw new FormatException("--header needs NAME:VALUE.");
    }

    private static ProcessGroup Group(string[] args, int at)
    {
        var text = Value(args, at).Split('=');
        var pids = text.Length == 2 ? text[1].Split(',', StringSplitOptions.RemoveEmptyEntries) : [];
        return pids.Length > 0 && text[0].Length > 0 && pids.All(pid => int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? new ProcessGroup(text[0], [.. pids.Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))])
            : throw new FormatException("--cpu needs NAME=PID, or several ids with commas between.");
    }
}
