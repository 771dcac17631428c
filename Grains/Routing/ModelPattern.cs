namespace OrleansGateway;

/// <summary>How policies and aliases name models: by a whole name, or by a prefix that ends in <c>*</c>.</summary>
internal static class ModelPattern
{
    public static bool IsPrefix(string pattern) => pattern.EndsWith('*');

    public static bool Matches(string pattern, string name) =>
        IsPrefix(pattern) ? name.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : pattern == name;

    /// <summary>Whether a name may be matched by both.</summary>
    public static bool Overlap(string a, string b) => Matches(a, b.TrimEnd('*')) || Matches(b, a.TrimEnd('*'));
}
