namespace OrleansGateway;

/// <summary>How a provider's lanes treat those for whom there is no room.</summary>
/// <param name="Limits">What was configured.</param>
/// <param name="Patience">The longest wait.</param>
/// <param name="MostWaiting">The most requests that wait.</param>
/// <param name="Learns">Whether limits are learned from answers.</param>
internal sealed record LaneOptions(LaneLimits Limits, TimeSpan Patience, int MostWaiting, bool Learns)
{
    /// <summary>A provider's options for one of its models.</summary>
    public static LaneOptions Of(ProviderOptions provider, string model)
    {
        var own = provider.ModelLimits.GetValueOrDefault(model);
        var limits = own is null ? provider.Limits : new LaneLimits
        {
            RequestsPerMinute = own.RequestsPerMinute ?? provider.Limits.RequestsPerMinute,
            TokensPerMinute = own.TokensPerMinute ?? provider.Limits.TokensPerMinute,
            ConcurrentRequests = own.ConcurrentRequests ?? provider.Limits.ConcurrentRequests,
        };
        return new LaneOptions(limits, provider.QueueWait, provider.QueueLength, provider.LearnLimits);
    }
}
