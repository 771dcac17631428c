using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What makes the routing part of a policy wrong; paths are those of the control plane's JSON.</summary>
internal static class RoutingRules
{
    /// <summary>Aliases of one tenant, and rules of each kind.</summary>
    public const int MaxEntries = 100;

    private const int MaxNameLength = 256;

    public static void Check(ModelAccess models, ImmutableArray<BudgetPolicy> budgets, ModelCatalog catalog, List<PolicyFault> faults)
    {
        if (!Enum.IsDefined(models.Strategy)) faults.Add(new("models.strategy", "Must be ordered, cheapest, fastest or balanced."));
        if (models.Aliases is { } aliases) CheckAliases(aliases, catalog, faults);
        CheckAll(models.Auto, "models.auto", faults, (rule, path) => CheckAuto(rule, path, budgets, catalog, faults));
        CheckAll(models.Degrade, "models.degrade", faults, (rule, path) => CheckDegrade(rule, path, budgets, catalog, faults));
    }

    /// <summary>What is wrong with the name of an alias; null when nothing is.</summary>
    public static string? AliasFault(string name, ModelCatalog catalog) =>
        name.Length is 0 or > MaxNameLength || name.Any(char.IsControl) ? $"The name must have from 1 to {MaxNameLength} characters, and no control characters."
        : name == "*" ? "A * alone would stand for every name; give a prefix before it."
        : name.IndexOf('*', StringComparison.Ordinal) is >= 0 and var star && star < name.Length - 1 ? "A * may stand at the end only."
        : catalog.Models.ContainsKey(name) ? $"{name} is a model's id, and stands for that model."
        : null;

    private static void CheckAliases(ImmutableDictionary<string, ImmutableArray<string>> aliases, ModelCatalog catalog, List<PolicyFault> faults)
    {
        if (aliases.Count > MaxEntries) faults.Add(new("models.aliases", $"Must have at most {MaxEntries} names."));
        foreach (var (name, ids) in aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal))
        {
            var path = $"models.aliases['{name}']";
            if (AliasFault(name, catalog) is { } wrong) faults.Add(new(path, wrong));
            if (ids.IsDefaultOrEmpty) faults.Add(new(path, "Must name at least one model."));
            else CheckModels(ids, path, catalog, faults);
        }
    }

    private static void CheckAuto(AutoRule rule, string path, ImmutableArray<BudgetPolicy> budgets, ModelCatalog catalog, List<PolicyFault> faults)
    {
        if (rule.Task is { } task && (task.Length is 0 or > 64 || !task.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_')))
            faults.Add(new(path + ".task", "Must be one word of a–z, 0–9, - and _, of at most 64 characters."));
        if (rule.InputAbove < 0) faults.Add(new(path + ".inputAbove", "Must be at least 0."));
        if (rule.Budget is { } budget) CheckState(budget.Window, budget.Scope, budget.Above, path + ".budget", budgets, faults);
        if (rule.Tier is { } tier && !Enum.IsDefined(tier)) faults.Add(new(path + ".tier", "Must be economy, standard or premium."));
        if (rule.Use.IsDefaultOrEmpty) return;
        CheckModels(rule.Use, path + ".use", catalog, faults);
        if (rule.Tier is not null) faults.Add(new(path + ".tier", "The models are named by use; leave one of the two out."));
        if (!rule.Capabilities.IsDefaultOrEmpty) faults.Add(new(path + ".capabilities", "The models are named by use; leave one of the two out."));
    }

    private static void CheckDegrade(DegradeRule rule, string path, ImmutableArray<BudgetPolicy> budgets, ModelCatalog catalog, List<PolicyFault> faults)
    {
        CheckState(rule.Window, rule.Scope, rule.Above, path, budgets, faults);
        PolicyRules.IsModel(rule.Use, catalog, path + ".use", faults);
    }

    // A key or an end user may get its budgets later.
    private static void CheckState(BudgetWindow window, BudgetScope scope, decimal above, string path, ImmutableArray<BudgetPolicy> budgets, List<PolicyFault> faults)
    {
        if (!window.IsValid) faults.Add(new(path + ".window", $"Must be {BudgetWindow.Expected}."));
        else if (scope == BudgetScope.Tenant && (budgets.IsDefaultOrEmpty || budgets.All(budget => budget?.Window != window)))
            faults.Add(new(path + ".window", $"The tenant has no {window} budget, so the rule would never apply."));
        if (!Enum.IsDefined(scope)) faults.Add(new(path + ".scope", "Must be tenant, key or user."));
        if (above is < 0 or > 1) faults.Add(new(path + ".above", "Must be from 0 to 1: a share of the limit."));
    }

    private static void CheckModels(ImmutableArray<string> ids, string path, ModelCatalog catalog, List<PolicyFault> faults)
    {
        if (ids.Length > PolicyRules.MaxFallbacks) faults.Add(new(path, $"Must name at most {PolicyRules.MaxFallbacks} models."));
        for (var i = 0; i < ids.Length; i++)
        {
            if (!PolicyRules.IsModel(ids[i], catalog, $"{path}[{i}]", faults)) continue;
            if (ids.IndexOf(ids[i]) < i) faults.Add(new($"{path}[{i}]", $"{ids[i]} stands there already."));
            else if (catalog.Models.TryGetValue(ids[0], out var first) && first.Kind != catalog.Models[ids[i]].Kind)
                faults.Add(new($"{path}[{i}]", $"{ids[i]} does other work than {ids[0]}: chat and embeddings cannot stand in for each other."));
        }
    }

    private static void CheckAll<T>(ImmutableArray<T> rules, string path, List<PolicyFault> faults, Action<T, string> check)
        where T : class
    {
        if (rules.IsDefaultOrEmpty) return;
        if (rules.Length > MaxEntries) faults.Add(new(path, $"Must have at most {MaxEntries} rules."));
        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i] is null) faults.Add(new($"{path}[{i}]", "Must be a rule, not null."));
            else check(rules[i], $"{path}[{i}]");
        }
    }
}
