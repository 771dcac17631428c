using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>A request that looks for its route: what is asked, by whom, and how its budgets stand.</summary>
internal sealed record RouteQuestion(ModelCatalog Catalog, TenantPolicy Policy, ApiKeyRecord? Key, ReservationRequest Request, HeldBudget[] Budgets, DateTimeOffset At)
{
    /// <summary>Input tokens as they usually are.</summary>
    public long LikelyInput => TokenUsage.LikelyOf(Request.InputBytes);

    /// <summary>The model of an id when this request may be sent to it: known, offered through its API, priced, and for its key.</summary>
    public CatalogModel? Usable(string id) =>
        Catalog.Models.TryGetValue(id, out var model) && Hop.Any(model, Request.Api, At) && (Key is null || RoutePlanner.Matches(Key.AllowModels, id)) ? model : null;

    /// <summary>The same when callers may name it, too.</summary>
    public CatalogModel? Nameable(string id) => RoutePlanner.Matches(Policy.Models.Allow, id) ? Usable(id) : null;

    /// <summary>Usable models and what the policy has after them when they fail.</summary>
    public ImmutableArray<CatalogModel> WithFallbacks(ImmutableArray<CatalogModel> models)
    {
        if (models.IsEmpty || !Policy.Models.Fallbacks.TryGetValue(models[0].Id, out var fallbacks) || fallbacks.IsDefaultOrEmpty) return models;
        var all = ImmutableArray.CreateBuilder<CatalogModel>(models.Length + fallbacks.Length);
        all.AddRange(models);
        foreach (var fallback in fallbacks)
            if (Usable(fallback) is { } next && !Contains(all, fallback)) all.Add(next);
        return all.DrainToImmutable();
    }

    /// <summary>Why a model surely cannot serve this request, in a word; null when it may. How long the input is only the upstream knows.</summary>
    public string? Misfit(CatalogModel model) =>
        Request.OutputTokens > model.MaxOutputTokens ? "output_limit"
        : Request.OutputTokens >= model.ContextTokens ? "context_length"
        : null;

    /// <summary>Whether more than a share of a budget's limit is spent, held or in suspense.</summary>
    public bool IsAbove(BudgetWindow window, BudgetScope scope, decimal share)
    {
        foreach (var budget in Budgets)
            if (budget.Window == window && budget.Scope == NameOf(scope)) return budget.Counted.NanoDollars > budget.Limit.NanoDollars * share;
        return false;
    }

    private static bool Contains(ImmutableArray<CatalogModel>.Builder models, string id)
    {
        foreach (var model in models)
            if (model.Id == id) return true;
        return false;
    }

    private static string NameOf(BudgetScope scope) => scope switch { BudgetScope.Key => HeldBudget.Key, BudgetScope.User => HeldBudget.User, _ => HeldBudget.Tenant };
}
