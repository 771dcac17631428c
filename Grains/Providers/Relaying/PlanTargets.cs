namespace OrleansGateway;

/// <summary>Finds targets again: a hold that stands in another's place may have other prices for the same ones.</summary>
internal static class PlanTargets
{
    /// <summary>Whether both are the same model of the same provider.</summary>
    public static bool IsSameAs(this PlanTarget one, PlanTarget other) => one.Provider == other.Provider && one.Model == other.Model;

    /// <summary>The same target as the plan has it; null when its hold does not cover it.</summary>
    public static PlanTarget? Find(this ProviderPlan plan, PlanTarget target)
    {
        foreach (var held in plan.Targets)
            if (held.IsSameAs(target)) return held;
        return null;
    }
}
