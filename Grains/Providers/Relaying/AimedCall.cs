namespace OrleansGateway;

/// <summary>A call turned to one of its targets, for all attempts that are made there.</summary>
/// <param name="call">The call.</param>
/// <param name="target">What is to be called.</param>
/// <param name="client">Its provider's connections.</param>
/// <param name="health">How it fares.</param>
/// <param name="hasAnother">Whether the plan has another target that may be called.</param>
/// <param name="fallback">Why it is called in place of the first one, or beside it; null when it is the first.</param>
internal sealed class AimedCall(UpstreamCall call, PlanTarget target, UpstreamClient client, TargetHealth health, bool hasAnother, string? fallback)
{
    public UpstreamCall Call => call;

    /// <summary>As the hold in force has it: it changes between two attempts only, and whoever makes them changes it.</summary>
    public PlanTarget Target { get; private set; } = target;

    public UpstreamClient Client => client;

    public TargetHealth Health => health;

    public bool HasAnother => hasAnother;

    /// <summary>Who answers, as the caller is told.</summary>
    public AnsweredBy By => call.By(Target, fallback);

    /// <summary>Takes a new hold in place of a tainted one; false when it does not cover the target.</summary>
    public bool TryRenew(ProviderPlan renewed)
    {
        call.Renew(renewed);
        if (renewed.Find(Target) is not { } covered) return false;
        Target = covered;
        return true;
    }
}
