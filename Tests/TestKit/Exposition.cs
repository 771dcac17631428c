using System.Globalization;
using System.Text.RegularExpressions;

namespace OrleansGateway.Tests.TestKit;

/// <summary>What <c>/metrics</c> says, read as Prometheus reads it: a line that it would not take fails the test.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _labels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);

    public static Exposition Parse(string text)
    {
        var exposition = new Exposition();
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries)) exposition.Read(line);
        foreach (var family in exposition._types.Where(type => type.Value == "histogram").Select(type => type.Key)) exposition.CheckHistogram(family);
        return exposition;
    }

    /// <summary>Kinds by family.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    /// <summary>Every label of a family's samples, but for those of buckets.</summary>
    public IReadOnlyDictionary<string, HashSet<string>> Labels => _labels;

    /// <summary>The sum of all samples of that name that have these labels.</summary>
    public double Sum(string sample, params string[] labels) =>
        _values
            .Where(value => value.Key.StartsWith(sample + "{", StringComparison.Ordinal)
                && labels.All(label => value.Key.Contains(label, StringComparison.Ordinal)))
            .Sum(value => value.Value);

    /// <summary>The family that a sample, as queries name it, belongs to; null when there is none.</summary>
    public string? FamilyOf(string sample)
    {
        if (_types.TryGetValue(sample, out var type) && type != "histogram") return sample;
        foreach (var part in new[] { "_bucket", "_sum", "_count" })
            if (sample.EndsWith(part, StringComparison.Ordinal) && _types.GetValueOrDefault(sample[..^part.Length]) == "histogram") return sample[..^part.Length];
        return null;
    }

    private void Read(string line)
    {
        if (Comment().Match(line) is { Success: true } comment)
        {
            if (comment.Groups["what"].Value == "TYPE") Assert.True(_types.TryAdd(comment.Groups["name"].Value, comment.Groups["rest"].Value), $"Two types: {line}");
            return;
        }
        if (line.StartsWith('#')) return;
        var sample = Sample().Match(line);
        Assert.True(sample.Success, $"Not a sample: {line}");
        var name = sample.Groups["name"].Value;
        var family = FamilyOf(name);
        Assert.True(family is not null, $"A sample without a type before it: {line}");
        var labels = sample.Groups["label"].Captures.Select(capture => capture.Value).ToList();
        Assert.Equal(labels.Distinct(), labels);
        foreach (var label in labels.Where(label => label != "le")) _labels.GetOrAdd(family).Add(label);
        _labels.GetOrAdd(family);
        var value = sample.Groups["value"].Value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            var number => double.Parse(number, CultureInfo.InvariantCulture),
        };
        Assert.True(_values.TryAdd($"{name}{{{sample.Groups["labels"].Value}}}", value), $"The same twice: {line}");
    }

    // Buckets only grow, and the last one has all.
    private void CheckHistogram(string family)
    {
        foreach (var series in _values.Where(value => value.Key.StartsWith(family + "_bucket{", StringComparison.Ordinal)).GroupBy(value => Bound().Replace(value.Key, "")))
        {
            var counts = series.Select(bucket => bucket.Value).ToList();
            Assert.Equal(counts.Order(), counts);
            Assert.Contains("le=\"+Inf\"", series.Last().Key, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("""^# (?<what>TYPE|HELP|UNIT) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?: (?<rest>.*))?$""")]
    private static partial Regex Comment();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>(?:(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (?<value>[-+]?(?:Inf|[0-9.]+(?:[eE][-+]?[0-9]+)?)|NaN)(?: [0-9]+)?$""")]
    private static partial Regex Sample();

    [GeneratedRegex(""",?le="[^"]*",?""")]
    private static partial Regex Bound();
}

file static class Sets
{
    public static HashSet<string> GetOrAdd(this Dictionary<string, HashSet<string>> sets, string name) =>
        sets.TryGetValue(name, out var set) ? set : sets[name] = new HashSet<string>(StringComparer.Ordinal);
}
