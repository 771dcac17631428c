using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Which models a policy lets a request try, in order. Amounts are somebody else's business.</summary>
internal static class RoutePlanner
{
    /// <summary>Whether a tenant's policy and a key's restriction both allow a model.</summary>
    public static bool Allows(TenantPolicy policy, ApiKeyRecord? key, string modelId) =>
        Matches(policy.Models.Allow, modelId) && (key is null || Matches(key.AllowModels, modelId));

    /// <summary>
    /// The model named, or the tenant's default, then its fallbacks; models that are unknown, not offered through this API, without a price in force or not
    /// for this key are left out. Empty when the first is, or when the policy does not allow it; a fallback need not be allowed by name.
    /// </summary>
    public static ImmutableArray<CatalogModel> Chain(ModelCatalog catalog, TenantPolicy policy, ApiKeyRecord? key, string name, UpstreamApi api, DateTimeOffset at)
    {
        if (Usable(catalog, key, name, api, at) is not { } first || !Matches(policy.Models.Allow, first.Id)) return [];
        if (!policy.Models.Fallbacks.TryGetValue(first.Id, out var fallbacks) || fallbacks.IsEmpty) return [first];

        var chain = ImmutableArray.CreateBuilder<CatalogModel>(1 + fallbacks.Length);
        chain.Add(first);
        foreach (var fallback in fallbacks)
            if (Usable(catalog, key, fallback, api, at) is { } next && !chain.Contains(next)) chain.Add(next);
        return chain.DrainToImmutable();
    }

    /// <summary>Of a model that <see cref="Chain"/> leaves out for its API alone: that model, which may be called through others.</summary>
    public static CatalogModel? OfferedElsewhere(ModelCatalog catalog, TenantPolicy policy, ApiKeyRecord? key, string name, DateTimeOffset at) =>
        catalog.Find(name) is { } model && model.IsPricedAt(at) && Allows(policy, key, model.Id) ? model : null;

    private static CatalogModel? Usable(ModelCatalog catalog, ApiKeyRecord? key, string name, UpstreamApi api, DateTimeOffset at) =>
        catalog.Find(name) is { } model && Hop.Of(model, api, at).Any() && (key is null || Matches(key.AllowModels, model.Id)) ? model : null;

    private static bool Matches(ImmutableArray<string> patterns, string modelId)
    {
        if (patterns.IsEmpty) return true;
        foreach (var pattern in patterns)
        {
            if (pattern.EndsWith('*')
                ? modelId.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
                : pattern == modelId)
                return true;
        }
        return false;
    }
}
