using System.Globalization;

namespace OrleansGateway.Soak;

/// <summary>Judges a spike: who is refused is told when to come again, who is admitted hardly waits longer than before, and soon after its end all is as it was.</summary>
/// <param name="calls">All calls.</param>
/// <param name="from">When what is the measure begins.</param>
/// <param name="spike">When the spike begins.</param>
/// <param name="end">When it ends.</param>
internal sealed class SpikeVerdict(IReadOnlyCollection<SpikeCall> calls, TimeSpan from, TimeSpan spike, TimeSpan end)
{
    /// <summary>How much longer those who are admitted may wait, at the 99th percentile.</summary>
    public const double MostTimes = 1.5;

    /// <summary>How long after the spike everything is as before.</summary>
    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(5);

    /// <summary>Every way in which it was not so; empty when all is well.</summary>
    public IReadOnlyList<string> Judge()
    {
        var violations = new List<string>();
        var wrong = calls.Where(call => !call.Answered && !(call is { Status: 429 or 503, SaysWhen: true })).ToList();
        if (wrong.Count > 0)
            violations.Add($"{wrong.Count} calls ended neither in an answer nor in a 429 or 503 with retry-after: "
                + string.Join(", ", wrong.GroupBy(call => call.Status)
                    .Select(group => $"{group.Count()} of status {group.Key?.ToString(CultureInfo.InvariantCulture) ?? "none"}")));
        if (Times(spike, end) is not <= MostTimes) violations.Add($"those who were admitted in the spike waited {Times(spike, end):0.00} times as long as before");
        var late = calls.Count(call => call.At >= end + Recovery && !call.Answered);
        if (late > 0) violations.Add($"{late} calls were refused later than {Recovery.TotalSeconds:0} s after the spike");
        if (Times(end + Recovery, TimeSpan.MaxValue) is not <= MostTimes)
            violations.Add($"{Recovery.TotalSeconds:0} s after the spike calls took {Times(end + Recovery, TimeSpan.MaxValue):0.00} times as long as before it");
        return violations;
    }

    /// <summary>The stretches in words.</summary>
    public IEnumerable<string> Describe()
    {
        yield return Describe("before", from, spike);
        yield return Describe("spike", spike, end);
        yield return Describe($"the {Recovery.TotalSeconds:0} s after", end, end + Recovery);
        yield return Describe("then", end + Recovery, TimeSpan.MaxValue);
        var refused = calls.Where(call => call.At >= end && !call.Answered).Select(call => call.At - end).DefaultIfEmpty().Max();
        yield return refused == TimeSpan.Zero ? "no call was refused after the spike" : $"the last call that was refused came {refused.TotalSeconds:0.0} s after the spike";
    }

    private string Describe(string name, TimeSpan begin, TimeSpan until)
    {
        var all = Within(begin, until).ToList();
        var refused = string.Join(", ", all.Where(call => !call.Answered).GroupBy(call => call.Status)
            .Select(group => $"{group.Count()} × {group.Key?.ToString(CultureInfo.InvariantCulture) ?? "none"}"));
        return $"{name}: {all.Count} calls, {all.Count(call => call.Answered)} answered{(refused.Length > 0 ? ", " + refused : "")}; "
            + $"× {Times(begin, until, 0.5):0.00} at p50, × {Times(begin, until):0.00} at p99 ({Percentile(begin, until, 0.99)?.TotalMilliseconds:0} ms)";
    }

    private double? Times(TimeSpan begin, TimeSpan until, double share = 0.99) => Percentile(begin, until, share) / Percentile(from, spike, share);

    private TimeSpan? Percentile(TimeSpan begin, TimeSpan until, double share)
    {
        var took = Within(begin, until).Where(call => call.Answered).Select(call => call.Took).Order().ToList();
        return took.Count == 0 ? null : took[Math.Min((int)Math.Ceiling(took.Count * share), took.Count) - 1];
    }

    private IEnumerable<SpikeCall> Within(TimeSpan begin, TimeSpan until) => calls.Where(call => call.At >= begin && call.At < until);
}
