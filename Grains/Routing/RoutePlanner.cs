using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Which models a policy lets a request try, in order. Amounts are somebody else's business.</summary>
internal static class RoutePlanner
{
    /// <summary>Whether a tenant's policy and a key's restriction both allow a model.</summary>
    public static bool Allows(TenantPolicy policy, ApiKeyRecord? key, string modelId) =>
        Matches(policy.Models.Allow, modelId) && (key is null || Matches(key.AllowModels, modelId));

    /// <summary>
    /// The route of a name: what it stands for, unless a budget is nearly spent; then what of that surely does not fit is passed over. When nothing of it fits,
    /// all of it stays, for the refusal to name.
    /// </summary>
    public static Route Plan(RouteQuestion question, string name)
    {
        var route = Named(question, name);
        return route.Models.IsEmpty ? route : Fitting(question, DegradeRules.Apply(question, route));
    }

    /// <summary>Of a name whose route is empty for its API alone: the model, which may be called through others.</summary>
    public static CatalogModel? OfferedElsewhere(RouteQuestion question, string name) =>
        FirstNamed(question.Catalog, question.Policy, name) is { } id && question.Catalog.Models.TryGetValue(id, out var model)
        && model.IsPricedAt(question.At) && Allows(question.Policy, question.Key, id) ? model : null;

    /// <summary>All that a key may name, in the order of the names: models, the exact aliases of one of them as the first it stands for, and <c>auto</c>.</summary>
    public static ImmutableArray<CatalogModel> Listed(ModelCatalog catalog, TenantPolicy policy, ApiKeyRecord key, DateTimeOffset at)
    {
        CatalogModel[] models = [.. catalog.Models.Values.Where(model => model.IsPricedAt(at) && Allows(policy, key, model.Id))];
        return [.. AutoRules.Listed([.. models, .. ModelAliases.Listed(catalog, policy.Models, models)]).OrderBy(model => model.Id, StringComparer.Ordinal)];
    }

    /// <summary>The first model that a name stands for; null of <c>auto</c>, and of what stands for nothing.</summary>
    public static string? FirstNamed(ModelCatalog catalog, TenantPolicy policy, string name)
    {
        var (ids, _) = ModelAliases.OfName(catalog, policy.Models, name);
        if (ids.IsDefaultOrEmpty && name != AutoRules.Name) (ids, _) = ModelAliases.OfPrefix(catalog, policy.Models, name);
        return ids.IsDefaultOrEmpty ? null : ids[0];
    }

    /// <summary>The hops that a hold was made for, as far as they are still there, at the prices of its instant.</summary>
    public static IEnumerable<Hop> Again(RouteQuestion question, BookEntry.Held hold) => hold.Decision is { Targets.Length: > 0 } decision
        ? decision.Targets.SelectMany(target => question.Usable(target.Model) is { } model
            ? Hop.Of(model, hold.ApiAsked, hold.At).Where(hop => hop.Offer.Provider == target.Provider)
            : [])
        // The releases before kept no targets.
        : Named(question, hold.Model!).Models.SelectMany(model => Hop.Of(model, hold.ApiAsked, hold.At));

    /// <summary>Whether one of some patterns is a model's; all models are allowed when there is none. In a policy that is still to be checked some may be null.</summary>
    public static bool Matches(ImmutableArray<string> patterns, string modelId)
    {
        if (patterns.IsDefaultOrEmpty) return true;
        foreach (var pattern in patterns)
            if (pattern is not null && ModelPattern.Matches(pattern, modelId)) return true;
        return false;
    }

    /// <summary>What a name stands for, then the fallbacks of the first; those that the request may not use are left out. A fallback need not be allowed by name.</summary>
    private static Route Named(RouteQuestion question, string name)
    {
        var (ids, alias) = ModelAliases.OfName(question.Catalog, question.Policy.Models, name);
        if (ids.IsDefaultOrEmpty && name == AutoRules.Name) return AutoRules.Choose(question);
        if (ids.IsDefaultOrEmpty) (ids, alias) = ModelAliases.OfPrefix(question.Catalog, question.Policy.Models, name);
        if (ids.IsDefaultOrEmpty) return Route.None;

        ImmutableArray<CatalogModel> named = ids.Length == 1
            ? question.Nameable(ids[0]) is { } one ? [one] : []
            : [.. ids.Select(question.Nameable).OfType<CatalogModel>()];
        if (named.IsEmpty) return Route.None;
        var route = new Route(question.WithFallbacks(named)) { Asked = named[0].Id, Strategy = question.Policy.Models.Strategy };
        if (alias is not null) route = route.Because($"alias={alias}");
        return route.Strategy == RouteStrategy.Ordered ? route : route.Because($"strategy={Word(route.Strategy)}");
    }

    private static Route Fitting(RouteQuestion question, Route route)
    {
        // Every admission comes by here: nothing is allocated when all fit.
        foreach (var model in route.Models)
            if (question.Misfit(model) is not null) return WithoutMisfits(question, route);
        return route;
    }

    private static Route WithoutMisfits(RouteQuestion question, Route route)
    {
        var fitting = route.Models.RemoveAll(model => question.Misfit(model) is not null);
        if (fitting.IsEmpty) return route;
        var without = route with { Models = fitting };
        return question.Misfit(route.Models[0]) is { } misfit ? without.Because(Route.FallbackFor(misfit)) : without;
    }

    private static string Word(RouteStrategy strategy) => strategy switch
    {
        RouteStrategy.Cheapest => "cheapest",
        RouteStrategy.Fastest => "fastest",
        RouteStrategy.Balanced => "balanced",
        _ => "ordered",
    };
}
