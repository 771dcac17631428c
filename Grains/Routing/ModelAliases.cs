using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// What a name stands for. Exact names come first: a model's id, then the tenant's alias, then the operator's; then prefixes, the longest first, of two alike
/// the tenant's.
/// </summary>
internal static class ModelAliases
{
    /// <summary>The ids, and the alias that named them (null for an id itself); none when the name stands for nothing exactly.</summary>
    public static (ImmutableArray<string> Ids, string? Alias) OfName(ModelCatalog catalog, ModelAccess access, string name) =>
        catalog.Models.ContainsKey(name) ? ([name], null)
        : access.Aliases is { } own && own.TryGetValue(name, out var ids) ? (ids, name)
        : catalog.Aliases.TryGetValue(name, out var listed) ? (ModelCatalog.IdsOf(listed), name)
        : ([], null);

    /// <summary>The same by the longest prefix.</summary>
    public static (ImmutableArray<string> Ids, string? Alias) OfPrefix(ModelCatalog catalog, ModelAccess access, string name)
    {
        string? longest = null;
        var own = false;
        foreach (var alias in access.Aliases?.Keys ?? [])
            if (Starts(name, alias) && !(longest?.Length >= alias.Length)) (longest, own) = (alias, true);
        foreach (var alias in catalog.Aliases.Keys)
            if (Starts(name, alias) && !(longest?.Length >= alias.Length)) (longest, own) = (alias, false);
        return longest is null ? ([], null) : (own ? access.Aliases![longest] : ModelCatalog.IdsOf(catalog.Aliases[longest]), longest);
    }

    /// <summary>The exact names that stand for one of some models: each as the first of those that it stands for, which is called first.</summary>
    public static IEnumerable<CatalogModel> Listed(ModelCatalog catalog, ModelAccess access, IReadOnlyCollection<CatalogModel> models)
    {
        var byId = models.ToDictionary(model => model.Id, StringComparer.Ordinal);
        foreach (var name in catalog.Aliases.Keys.Union(access.Aliases?.Keys ?? [], StringComparer.Ordinal))
        {
            if (ModelPattern.IsPrefix(name) || catalog.Models.ContainsKey(name)) continue;
            if (OfName(catalog, access, name).Ids.Select(id => byId.GetValueOrDefault(id)).FirstOrDefault(model => model is not null) is { } first)
                yield return first with { Id = name };
        }
    }

    private static bool Starts(string name, string alias) => ModelPattern.IsPrefix(alias) && ModelPattern.Matches(alias, name);
}
