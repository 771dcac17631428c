using System.Text.RegularExpressions;

namespace OrleansGateway.Tests.TestKit;

/// <summary>What a PromQL expression asks for: samples, and of each the labels that it is selected by. Labels that it is summed by are asked of all of them.</summary>
internal static partial class PromQl
{
    private static readonly HashSet<string> Words = new(StringComparer.Ordinal)
    {
        "by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset",
        "sum", "avg", "min", "max", "count", "topk", "rate", "increase", "delta", "abs", "absent", "histogram_quantile", "label_values", "clamp_min", "quantile",
    };

    public static (IReadOnlyList<(string Sample, IReadOnlyList<string> Labels)> Selected, IReadOnlyList<string> Grouped) Read(string expression)
    {
        var grouped = new List<string>();
        var rest = Grouping().Replace(expression, match =>
        {
            grouped.AddRange(match.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            return " ";
        });
        var selected = new List<(string, IReadOnlyList<string>)>();
        rest = Range().Replace(rest, "");
        foreach (Match match in Name().Matches(rest))
        {
            if (Words.Contains(match.Groups["name"].Value)) continue;
            selected.Add((match.Groups["name"].Value, [.. Label().Matches(match.Groups["matchers"].Value).Select(label => label.Groups[1].Value)]));
        }
        return (selected, grouped);
    }

    [GeneratedRegex(@"\b(?:by|on|ignoring|group_left|group_right)\s*\((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Range();

    [GeneratedRegex("""(?<![\w$"])(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<matchers>[^}]*)\})?""")]
    private static partial Regex Name();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)\s*"[^"]*"?""")]
    private static partial Regex Label();
}
