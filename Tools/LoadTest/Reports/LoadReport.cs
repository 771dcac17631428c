using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway.LoadTest;

/// <summary>What a load test found, and whether that is well.</summary>
internal sealed record LoadReport
{
    private const int MostShown = 20;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Calls a second that were asked for.</summary>
    public required double Rate { get; init; }

    /// <summary>Calls a second that were placed.</summary>
    public required double Placed { get; init; }

    /// <summary>Calls a second that ended while the load lasted.</summary>
    public required double Ended { get; init; }

    public required int Calls { get; init; }

    public required int Answered { get; init; }

    /// <summary>Calls that ended neither in an answer nor in a refusal that says when to come again.</summary>
    public required int Wrong { get; init; }

    public required IReadOnlyDictionary<string, int> Errors { get; init; }

    /// <summary>From when a call was due to the end of its answer, in milliseconds.</summary>
    public Percentiles? Waited { get; init; }

    /// <summary>From when a stream was due to its first event, in milliseconds.</summary>
    public Percentiles? FirstEvent { get; init; }

    /// <summary>How late the generator placed calls, in milliseconds: part of all that they waited.</summary>
    public Percentiles? Lag { get; init; }

    /// <summary>Events of each stream that was answered: the fewest, the mean and the most.</summary>
    public EventsPerStream? Events { get; init; }

    public required IReadOnlyList<ProcessUse> Processes { get; init; }

    /// <summary>Every way in which the three books differ; null when they were not compared.</summary>
    public IReadOnlyList<string>? Violations { get; init; }

    [JsonIgnore]
    public bool IsWell => Wrong == 0 && Answered > 0 && Violations is null or { Count: 0 };

    public static LoadReport Of(LoadTestOptions options, LoadTally tally, Measured measured, IReadOnlyList<string>? violations) => new()
    {
        Rate = options.Rate,
        Placed = tally.Calls / measured.Elapsed.TotalSeconds,
        Ended = measured.Calls / measured.Elapsed.TotalSeconds,
        Calls = tally.Calls,
        Answered = tally.Answered,
        Wrong = tally.Wrong,
        Errors = tally.Errors.ToDictionary(),
        Waited = tally.Waited.Read(),
        FirstEvent = tally.FirstEvent.Read(),
        Lag = tally.Lag.Read(),
        Events = options.Stream && tally.Answered > 0 ? new EventsPerStream(tally.FewestEvents, (double)tally.Events / tally.Answered, tally.MostEvents) : null,
        Processes = measured.Processes,
        Violations = violations,
    };

    /// <summary>One line for programs.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>For people.</summary>
    public IEnumerable<string> Lines()
    {
        yield return Text($"{Calls:N0} calls: {Placed:N1}/s placed of {Rate:N1}/s asked for, {Ended:N1}/s ended");
        yield return Text($"{Answered:N0} answered{string.Concat(Errors.Select(error => Text($", {error.Value:N0} {error.Key}")))}");
        yield return Text($"{"ms",-12} {"p50",9} {"p90",9} {"p99",9} {"p99.9",9} {"max",9}");
        foreach (var (name, times) in new[] { ("waited", Waited), ("first event", FirstEvent), ("lag", Lag) })
        {
            if (times is not null) yield return Text($"{name,-12} {times.P50,9:N2} {times.P90,9:N2} {times.P99,9:N2} {times.P999,9:N2} {times.Max,9:N2}");
        }
        if (Events is { } events) yield return Text($"events of a stream: {events.Fewest} to {events.Most}, {events.Mean:N1} on average");
        foreach (var use in Processes)
            yield return Text($"{use.Name}: {use.MicrosPerCall:N1} µs CPU a call{(use.MicrosPerEvent is { } each ? Text($", {each:N1} an event") : "")}, ")
                + Text($"{use.Cores:N2} cores, {use.ResidentMiB:N0} MiB, at most {use.PeakResidentMiB:N0}");
        foreach (var violation in (Violations ?? []).Take(MostShown)) yield return $"VIOLATION {violation}";
        if (Violations is { } found)
            yield return found.Count == 0
                ? "bill, ledger and what callers were told are equal"
                : Text($"{found.Count:N0} violations: bill, ledger and what callers were told differ");
        if (Wrong > 0) yield return Text($"{Wrong:N0} calls ended neither in an answer nor in a 429 or 503 with retry-after");
        if (Answered == 0) yield return "no call was answered";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How many events streams had.</summary>
internal sealed record EventsPerStream(int Fewest, double Mean, int Most);
