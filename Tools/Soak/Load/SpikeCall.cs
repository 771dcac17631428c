namespace OrleansGateway.Soak;

/// <summary>One call of a spike, as its caller saw it.</summary>
/// <param name="At">When it was placed, counted from the load's beginning.</param>
/// <param name="Status">Its status; null when no answer came.</param>
/// <param name="SaysWhen">Whether a refusal says when to come again.</param>
/// <param name="Took">How long it took.</param>
internal readonly record struct SpikeCall(TimeSpan At, int? Status, bool SaysWhen, TimeSpan Took)
{
    /// <summary>Whether it was admitted, and answered.</summary>
    public bool Answered => Status == 200;
}
