using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What makes an adjustment wrong, or without any effect. Every fault is found at once; paths are those of the control plane's JSON.</summary>
internal static class AdjustmentRules
{
    /// <summary>Characters of an id, an actor or a request's id.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Characters of a reason.</summary>
    public const int MaxReasonLength = 1_000;

    public static ImmutableArray<PolicyFault> Check(TenantAccount account, Adjustment adjustment, DateTimeOffset now)
    {
        var faults = new List<PolicyFault>();
        CheckText(adjustment.Id, MaxNameLength, "id", faults);
        CheckText(adjustment.Reason, MaxReasonLength, "reason", faults);
        CheckText(adjustment.Actor, MaxNameLength, "actor", faults);
        if (adjustment.RequestId is { } request) CheckText(request, MaxNameLength, "requestId", faults);
        if (adjustment.Model is { } model) CheckText(model, MaxNameLength, "model", faults);
        CheckAmount(account, adjustment, now, faults);
        if (adjustment.Kind != AdjustmentKind.Raise && adjustment.Until is not null) faults.Add(new("until", "Only a raise ends; leave it out."));
        if (account.ScopeNamed(adjustment.Scope) is { } scope) CheckBudget(scope.Policy, adjustment, now, faults);
        else faults.Add(new("scope", "Must be tenant, key:<id> of one of its keys, or user:<name> where end users have limits or budgets."));
        return [.. faults];
    }

    /// <summary>Finds text that is empty, too long or has control characters.</summary>
    public static void CheckText(string text, int maxLength, string path, List<PolicyFault> faults)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > maxLength || text.Any(char.IsControl))
            faults.Add(new(path, $"Must have 1 to {maxLength} characters, none of them a control character."));
    }

    private static void CheckAmount(TenantAccount account, Adjustment adjustment, DateTimeOffset now, List<PolicyFault> faults)
    {
        switch (adjustment.Kind)
        {
            case AdjustmentKind.Refund or AdjustmentKind.Raise when adjustment.AmountUsd <= Money.Zero:
                faults.Add(new("amountUsd", $"Must be above 0 for a {(adjustment.Kind == AdjustmentKind.Raise ? "raise" : "refund")}."));
                return;
            case AdjustmentKind.Credit or AdjustmentKind.Correction when adjustment.AmountUsd == Money.Zero:
                faults.Add(new("amountUsd", "Must not be 0."));
                return;
            case > AdjustmentKind.Raise or < AdjustmentKind.Credit:
                faults.Add(new("kind", "Must be credit, refund, correction or raise."));
                return;
        }

        // Everything an adjustment adds up with stays inside Money.
        if (Magnitude(adjustment.AmountUsd) >= PolicyRules.LimitCeiling.NanoDollars || SumAfter(account, adjustment, now) >= PolicyRules.LimitCeiling.NanoDollars)
            faults.Add(new("amountUsd", "Must keep the sum of what it adds to below 9000000000."));
    }

    private static Int128 SumAfter(TenantAccount account, Adjustment adjustment, DateTimeOffset now)
    {
        if (adjustment.Kind is AdjustmentKind.Refund or AdjustmentKind.Correction)
        {
            // Of all windows the tenant's total has the largest sums.
            var total = account.TenantScope.Buckets.Current.FirstOrDefault(b => b.Kind == WindowKind.Total);
            var sum = adjustment.Invoiced.IsNegative ? total?.Refunded : total?.Settled;
            return (sum?.NanoDollars ?? 0) + Magnitude(adjustment.AmountUsd);
        }
        var window = adjustment.Window ?? BudgetWindow.Total;
        var raised = account.ScopeNamed(adjustment.Scope)?.Account.Raised(window, account.BookTime(now)) ?? Money.Zero;
        return Int128.Abs((Int128)raised.NanoDollars + adjustment.AmountUsd.NanoDollars);
    }

    private static Int128 Magnitude(Money amount) => Int128.Abs(amount.NanoDollars);

    private static void CheckBudget(ScopePolicy policy, Adjustment adjustment, DateTimeOffset now, List<PolicyFault> faults)
    {
        switch (adjustment.Kind)
        {
            case AdjustmentKind.Refund or AdjustmentKind.Correction when adjustment.Window is not null:
                faults.Add(new("window", "It counts in every window in which it is booked; leave it out."));
                break;
            case AdjustmentKind.Credit when adjustment.Window is { Kind: not WindowKind.Total }:
                faults.Add(new("window", "Credit goes to the total budget; to raise another for a while, book a raise."));
                break;
            case AdjustmentKind.Credit when !Has(policy, BudgetWindow.Total):
                faults.Add(new("scope", "Has no total budget that credit could raise; give it one, of limitUsd 0 for prepaid money alone."));
                break;
            case AdjustmentKind.Raise:
                if (adjustment.Window is not { } window) faults.Add(new("window", "Must name the budget that is raised."));
                else if (!Has(policy, window)) faults.Add(new("window", $"The scope has no {window} budget that could be raised."));
                if (adjustment.Until is not { } until || until <= now)
                    faults.Add(new("until", "Must be an instant in the future: a raise ends. To raise a budget for good, change the policy."));
                break;
        }
    }

    private static bool Has(ScopePolicy policy, BudgetWindow window) => policy.Budgets.Any(b => b.Window == window);
}
