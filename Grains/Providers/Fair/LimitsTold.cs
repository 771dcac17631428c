namespace OrleansGateway;

/// <summary>What an answer's headers say of its key's limits; null where they say nothing that can be.</summary>
internal readonly record struct LimitsTold(LimitTold? Requests, LimitTold? Tokens)
{
    public bool SayNothing => Requests is null && Tokens is null;
}

/// <summary>One limit as an upstream tells it.</summary>
/// <param name="Limit">The most there is.</param>
/// <param name="Left">What is left of it; null when it does not say.</param>
/// <param name="FullIn">How long until all of it is there again; null when it does not say.</param>
internal readonly record struct LimitTold(long Limit, long? Left, TimeSpan? FullIn)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>What comes back in a minute: all of it, unless what was used takes longer, as with limits by the day.</summary>
    public double PerMinute => FullIn > Minute && Left < Limit ? Math.Min((Limit - Left.Value) / FullIn.Value.TotalMinutes, Limit) : Limit;
}
