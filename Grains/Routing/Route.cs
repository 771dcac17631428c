using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Which models a request may try, and how they are to be ordered.</summary>
/// <param name="Models">In order; empty when there is none.</param>
internal sealed record Route(ImmutableArray<CatalogModel> Models)
{
    public static readonly Route None = new([]);

    private const string FallbackMark = "fallback:";

    /// <summary>The model asked for, of which another one is a fallback; null when any of these is what was asked for.</summary>
    public string? Asked { get; init; }

    /// <summary>How their hops are ordered.</summary>
    public RouteStrategy Strategy { get; init; }

    /// <summary>
    /// How many of its hops, from the first, are as good as what was asked for: in order those of the first model, for the others are for when it fails;
    /// else all.
    /// </summary>
    public int LeadingOf(ReadOnlySpan<Hop> hops)
    {
        if (Asked is null || Strategy != RouteStrategy.Ordered) return hops.Length;
        var leading = 0;
        while (leading < hops.Length && ReferenceEquals(hops[leading].Model, Models[0])) leading++;
        return leading;
    }

    /// <summary>Why, in short and stable words; null when it is just what was asked for.</summary>
    public string? Why { get; init; }

    /// <summary>With one more reason.</summary>
    public Route Because(string reason) => this with { Why = Join(Why, reason) };

    /// <summary>The reason of a fallback, for the first target could not answer.</summary>
    public static string FallbackFor(string reason) => FallbackMark + reason;

    /// <summary>Why the last fallback among such reasons was made; null when there is none.</summary>
    public static string? FallbackReason(string? why)
    {
        if (why?.LastIndexOf(FallbackMark, StringComparison.Ordinal) is not (>= 0 and var start)) return null;
        var end = why.IndexOf(',', start);
        return why[(start + FallbackMark.Length)..(end < 0 ? why.Length : end)];
    }

    /// <summary>Two reasons as one; either may be null.</summary>
    public static string? Join(string? one, string? other) => one is null ? other : other is null ? one : $"{one}, {other}";
}
