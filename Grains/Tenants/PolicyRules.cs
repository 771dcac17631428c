using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace OrleansGateway;

/// <summary>What makes a policy wrong. Every fault is found at once; paths are those of the control plane's JSON.</summary>
internal static partial class PolicyRules
{
    /// <summary>Models that one request may be tried on after the first.</summary>
    public const int MaxFallbacks = 8;

    /// <summary>Characters of a name.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Thresholds of one budget.</summary>
    public const int MaxAlerts = 10;

    /// <summary>The largest weight among tenants who wait for an upstream.</summary>
    public const int MaxWeight = 100;

    /// <summary>Below this, sums of a budget's limit and its holds stay inside <see cref="Money"/>.</summary>
    public static readonly Money LimitCeiling = Money.FromUsd(9_000_000_000m);

    private static readonly WebhookAddresses PublicAddresses = new(new WebhookOptions(), production: true);

    /// <summary>The faults of a tenant's policy; empty when it may be booked.</summary>
    public static ImmutableArray<PolicyFault> Check(TenantPolicy policy, ModelCatalog catalog, WebhookAddresses? addresses = null)
    {
        var faults = new List<PolicyFault>();
        if (!TenantId().IsMatch(policy.Id)) faults.Add(new("id", "Must be 1–63 of a–z, 0–9 and -, starting and ending with a letter or digit."));
        CheckName(policy.Name, faults);
        if (!Enum.IsDefined(policy.Status)) faults.Add(new("status", "Must be active or suspended."));
        if (!IsTimeZone(policy.TimeZone)) faults.Add(new("timeZone", "Must be the name of an IANA time zone, such as Europe/Berlin or UTC."));
        CheckCeilings(policy.Limits, policy.Budgets, "", faults);
        CheckModels(policy.Models, policy.Budgets, catalog, faults);
        if (policy.Routing.Weight is < 1 or > MaxWeight) faults.Add(new("routing.weight", $"Must be between 1 and {MaxWeight}."));
        if (policy.EndUserDefaults is { } endUser) faults.AddRange(CheckScope(endUser, "endUserDefaults"));
        if (policy.StreamGuard is { SliceTokens: < 64 or > 1_000_000 })
            faults.Add(new("streamGuard.sliceTokens", "Must be between 64 and 1000000; leave streamGuard out to hold every stream's longest answer at once."));
        faults.AddRange(WebhookRules.Check(policy.Webhooks, addresses ?? PublicAddresses));
        return [.. faults];
    }

    /// <summary>
    /// The faults that a change brings in. What the policy in force has by now, because the catalog, a setting or a rule changed after it, stands in no way of
    /// other changes: a tenant can always be suspended.
    /// </summary>
    public static ImmutableArray<PolicyFault> CheckChange(TenantPolicy current, TenantPolicy changed, ModelCatalog catalog, WebhookAddresses? addresses = null) =>
        [.. Check(changed, catalog, addresses).Except(Check(current, catalog, addresses))];

    /// <summary>The faults of a scope's ceilings; <paramref name="path"/> is where the scope stands in the JSON, empty for its root.</summary>
    public static ImmutableArray<PolicyFault> CheckScope(ScopePolicy policy, string path)
    {
        var faults = new List<PolicyFault>();
        CheckCeilings(policy.Limits, policy.Budgets, path.Length == 0 ? "" : path + ".", faults);
        return [.. faults];
    }

    /// <summary>The faults of what an operator wants of a key of a tenant, as both stand now.</summary>
    public static ImmutableArray<PolicyFault> CheckKey(ApiKeyChange change, TenantPolicy tenant, ModelCatalog catalog, DateTimeOffset now)
    {
        var faults = new List<PolicyFault>();
        if (change.Name is { } name) CheckName(name, faults);
        if (change.ExpiresAt <= now) faults.Add(new("expiresAt", "Must be in the future; to end a key now, revoke it."));
        if (change.Policy is { } policy) faults.AddRange(CheckScope(policy, ""));
        if (change.AllowModels is not { } allow) return [.. faults];
        var before = faults.Count;
        CheckAllow(allow, catalog, faults);
        if (faults.Count == before && !Overlap(allow, tenant.Models.Allow))
            faults.Add(new("models.allow", $"The tenant allows none of them; it allows {string.Join(", ", tenant.Models.Allow)}."));
        return [.. faults];
    }

    private static bool Overlap(ImmutableArray<string> allow, ImmutableArray<string> tenants) =>
        allow.IsDefaultOrEmpty || tenants.IsDefaultOrEmpty || allow.Any(one => tenants.Any(other => other is not null && ModelPattern.Overlap(one, other)));

    private static void CheckName(string name, List<PolicyFault> faults)
    {
        if (name.Length > MaxNameLength) faults.Add(new("name", $"Must have at most {MaxNameLength} characters."));
        if (name.Any(char.IsControl)) faults.Add(new("name", "Must have no control characters."));
    }

    private static void CheckCeilings(QuotaLimits limits, ImmutableArray<BudgetPolicy> budgets, string prefix, List<PolicyFault> faults)
    {
        CheckLimit(limits.RequestsPerMinute, prefix + "limits.requestsPerMinute", faults);
        CheckLimit(limits.TokensPerMinute, prefix + "limits.tokensPerMinute", faults);
        CheckLimit(limits.ConcurrentRequests, prefix + "limits.concurrentRequests", faults);
        if (budgets.IsDefaultOrEmpty) return;

        var windows = new HashSet<BudgetWindow>();
        for (var i = 0; i < budgets.Length; i++)
        {
            var path = $"{prefix}budgets[{i}]";
            if (budgets[i] is not { } budget)
            {
                faults.Add(new(path, "Must be a budget, not null."));
                continue;
            }

            if (!budget.Window.IsValid) faults.Add(new(path + ".window", $"Must be {BudgetWindow.Expected}."));
            else if (!windows.Add(budget.Window)) faults.Add(new(path + ".window", "There may be one budget per window, and an earlier one has this window."));
            if (!Enum.IsDefined(budget.Mode)) faults.Add(new(path + ".mode", "Must be hard or soft."));
            if (budget.LimitUsd.IsNegative || budget.LimitUsd >= LimitCeiling)
                faults.Add(new(path + ".limitUsd", "Must be at least 0 and below 9000000000."));
            CheckRollOver(budget, path + ".rollOverUsd", faults);
            CheckAlerts(budget.AlertAt, path + ".alertAt", faults);
        }
    }

    private static void CheckLimit(long? limit, string path, List<PolicyFault> faults)
    {
        if (limit < 0) faults.Add(new(path, "Must be at least 0; leave it out for no ceiling."));
    }

    private static void CheckRollOver(BudgetPolicy budget, string path, List<PolicyFault> faults)
    {
        if (budget.RollOverUsd is not { } cap) return;
        if (budget.Window.Kind is WindowKind.Total or WindowKind.Rolling)
            faults.Add(new(path, $"A {budget.Window} budget has no next window to carry anything into; leave it out."));
        else if (cap.IsNegative || cap >= LimitCeiling) faults.Add(new(path, "Must be at least 0 and below 9000000000."));
    }

    private static void CheckAlerts(ImmutableArray<decimal> alerts, string path, List<PolicyFault> faults)
    {
        if (alerts.IsDefaultOrEmpty) return;
        if (alerts.Length > MaxAlerts) faults.Add(new(path, $"Must have at most {MaxAlerts} thresholds."));
        for (var i = 0; i < alerts.Length; i++)
        {
            if (alerts[i] is <= 0 or > 1) faults.Add(new($"{path}[{i}]", "Must be above 0 and at most 1: a share of the limit."));
            else if (alerts.IndexOf(alerts[i]) < i) faults.Add(new($"{path}[{i}]", "Stands there already."));
        }
    }

    private static void CheckModels(ModelAccess models, ImmutableArray<BudgetPolicy> budgets, ModelCatalog catalog, List<PolicyFault> faults)
    {
        CheckAllow(models.Allow, catalog, faults);
        if (models.Default is { } chosen && chosen != AutoRules.Name && IsModel(chosen, catalog, "models.default", faults) && !RoutePlanner.Matches(models.Allow, chosen))
            faults.Add(new("models.default", $"models.allow does not let callers use {chosen}."));

        foreach (var (model, targets) in models.Fallbacks.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            CheckFallbacks(model, targets, models, catalog, faults);
        RoutingRules.Check(models, budgets, catalog, faults);
    }

    private static void CheckFallbacks(string model, ImmutableArray<string> targets, ModelAccess models, ModelCatalog catalog, List<PolicyFault> faults)
    {
        var path = $"models.fallbacks['{model}']";
        var known = IsModel(model, catalog, path, faults);
        if (known && !RoutePlanner.Matches(models.Allow, model)) faults.Add(new(path, $"models.allow does not let callers use {model}, so it can have no fallbacks."));
        if (targets.IsDefaultOrEmpty) return;

        if (targets.Length > MaxFallbacks) faults.Add(new(path, $"Must name at most {MaxFallbacks} models."));
        for (var i = 0; i < targets.Length; i++)
        {
            var target = targets[i];
            var at = $"{path}[{i}]";
            if (!IsModel(target, catalog, at, faults)) continue;
            if (target == model) faults.Add(new(at, "A model cannot fall back to itself."));
            else if (targets.IndexOf(target) < i) faults.Add(new(at, $"{target} stands there already."));
            else if (LeadsTo(target, model, models.Fallbacks, [])) faults.Add(new(at, $"Makes a cycle: {target} falls back to {model}."));
            if (known && catalog.Models[target].Kind != catalog.Models[model].Kind)
                faults.Add(new(at, $"{target} does other work than {model}: chat and embeddings cannot stand in for each other."));
        }
    }

    private static bool LeadsTo(string from, string to, ImmutableDictionary<string, ImmutableArray<string>> fallbacks, HashSet<string> seen) =>
        seen.Add(from)
        && fallbacks.TryGetValue(from, out var targets)
        && !targets.IsDefaultOrEmpty
        && targets.Any(target => target is not null && (target == to || LeadsTo(target, to, fallbacks, seen)));

    private static void CheckAllow(ImmutableArray<string> allow, ModelCatalog catalog, List<PolicyFault> faults)
    {
        if (allow.IsDefaultOrEmpty) return;
        for (var i = 0; i < allow.Length; i++)
        {
            var path = $"models.allow[{i}]";
            var pattern = allow[i];
            if (pattern is not null && allow.IndexOf(pattern) < i) faults.Add(new(path, $"{pattern} stands there already."));
            else if (pattern is null || !ModelPattern.IsPrefix(pattern)) IsModel(pattern, catalog, path, faults);
            else if (pattern.IndexOf('*', StringComparison.Ordinal) < pattern.Length - 1) faults.Add(new(path, "A * may stand at the end only."));
        }
    }

    // An alias would never match: a request's model is looked up first and compared by id.
    internal static bool IsModel(string? name, ModelCatalog catalog, string path, List<PolicyFault> faults)
    {
        if (name is not null && catalog.Models.ContainsKey(name)) return true;
        faults.Add(new(path, name is not null && catalog.Find(name) is { } model
            ? $"{name} is another name for {model.Id}; write {model.Id}."
            : $"The catalog has no model {name ?? "null"}."));
        return false;
    }

    // The platform looks names up as file names, so the form is checked first, and the spelling after.
    private static bool IsTimeZone(string name) =>
        TimeZoneName().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.Id == name;

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex TenantId();

    [GeneratedRegex(@"^(?!posix|right/|localtime|Factory)[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*){0,2}\z")]
    private static partial Regex TimeZoneName();
}
