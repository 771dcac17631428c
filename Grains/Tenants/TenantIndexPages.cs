using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Where the pages of the list of tenants begin, as it is stored.</summary>
internal sealed record TenantIndexPages
{
    private readonly ImmutableSortedDictionary<string, long> _first = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>The beginning: one page for all.</summary>
    public static TenantIndexPages One => new() { First = new TenantIndexPages().First.Add("", 1) };

    /// <summary>The first id that may stand on each page, and the page's key.</summary>
    public ImmutableSortedDictionary<string, long> First
    {
        get => _first;
        init => _first = value.WithComparers(StringComparer.Ordinal);
    }

    /// <summary>The ranges of all pages in order, which are all ids there may be; one without a page when there are no pages.</summary>
    public IEnumerable<TenantIndexRange> Ranges()
    {
        var (first, page) = ("", default(long?));
        foreach (var (next, nextPage) in First)
        {
            if (page is not null) yield return new TenantIndexRange(first, next, page);
            (first, page) = (next, nextPage);
        }
        yield return new TenantIndexRange(first, null, page);
    }

    /// <summary>The range that an id is in.</summary>
    public TenantIndexRange RangeOf(string tenantId) => Ranges().First(range => range.Has(tenantId));
}

/// <summary>The ids from <paramref name="First"/> on and before <paramref name="Until"/> (null: to the last), and the page that has them.</summary>
internal readonly record struct TenantIndexRange(string First, string? Until, long? Page)
{
    public bool Has(string id) => string.CompareOrdinal(id, First) >= 0 && (Until is null || string.CompareOrdinal(id, Until) < 0);
}
