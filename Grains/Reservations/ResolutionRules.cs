using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What makes an operator's word on a hold wrong. Every fault is found at once; paths are those of the control plane's JSON.</summary>
internal static class ResolutionRules
{
    /// <summary>More than any request can cost: what holds add up to stays inside <see cref="Money"/>.</summary>
    private static readonly Money MostCost = Money.FromUsd(1_000_000m);

    public static ImmutableArray<PolicyFault> Check(HoldResolution resolution)
    {
        var faults = new List<PolicyFault>();
        AdjustmentRules.CheckText(resolution.Reason, AdjustmentRules.MaxReasonLength, "reason", faults);
        AdjustmentRules.CheckText(resolution.Actor, AdjustmentRules.MaxNameLength, "actor", faults);
        if (resolution.As == ResolvedAs.Void)
        {
            if (resolution.Usage is not null) faults.Add(new("usage", "A void charges nothing; leave it out."));
            if (resolution.CostUsd is not null) faults.Add(new("costUsd", "A void charges nothing; leave it out."));
            if (resolution.Model is not null) faults.Add(new("model", "A void charges nothing; leave it out."));
            return [.. faults];
        }
        if (resolution.Usage is null && resolution.CostUsd is null) faults.Add(new("costUsd", "Give what it cost, or the usage to be priced."));
        if (resolution.Usage is { IsPlausible: false })
            faults.Add(new("usage", "Must have whole numbers from 0 to 2147483647, and no part may be larger than the input or output that it is a part of."));
        if (resolution.CostUsd is { } cost && (cost.IsNegative || cost > MostCost)) faults.Add(new("costUsd", $"Must be from 0 to {MostCost} US dollars."));
        return [.. faults];
    }

    /// <summary>The posting that says what the operator says; a fault when its usage cannot be priced.</summary>
    public static (Posting? Posting, PolicyFault? Fault) Word(HoldResolution resolution, Hold hold, ModelCatalog catalog)
    {
        if (resolution.As == ResolvedAs.Void)
            return (new Posting { Hold = hold.Id, Kind = PostingKind.Void, Provider = hold.Suspense?.Provider, Model = hold.Suspense?.Model, Outcome = "operator_void" }, null);

        var faults = new List<PolicyFault>();
        if (resolution.Model is { } named && !Knows(hold, named) && catalog.Withdrawn.All(withdrawn => withdrawn.Id != named)
            && !PolicyRules.IsModel(named, catalog, "model", faults)) return (null, faults[0]);
        var model = resolution.Model ?? hold.Suspense?.Model ?? hold.Entry.Model;
        var posting = new Posting
        {
            Hold = hold.Id,
            Kind = PostingKind.Posted,
            Provider = hold.Suspense?.Provider,
            Model = model,
            Usage = resolution.Usage ?? default,
            Cost = resolution.CostUsd ?? Money.Zero,
            Outcome = "operator_posted",
        };
        if (resolution.CostUsd is not null) return (posting, null);
        if (model is null || !catalog.Models.TryGetValue(model, out var listed) || listed.PriceAt(hold.Suspense?.Provider, hold.Entry.At) is not { } price)
            return (null, new PolicyFault("costUsd", $"Must be given: the catalog has no price for {model ?? "the model"} at the time of the call."));
        var cost = price.CostOf(posting.Usage);
        return cost > MostCost
            ? (null, new PolicyFault("usage", $"Costs more than {MostCost} US dollars, as no request can."))
            : (posting with { Cost = cost, PriceVersion = price.Version }, null);
    }

    // One that it was held for may have left the catalog since.
    private static bool Knows(Hold hold, string model) =>
        hold.Entry.Model == model || hold.Suspense?.Model == model || hold.Entry.Decision?.Targets.Any(target => target.Model == model) == true;
}
