using Microsoft.Extensions.Options;

namespace OrleansGateway;

/// <summary>Finds every fault of the providers' options at once, so that one start tells all.</summary>
internal sealed class ProvidersOptionsValidator : IValidateOptions<ProvidersOptions>
{
    private const long MostPerMinute = 1_000_000_000_000;
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestQueueWait = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, ProvidersOptions options)
    {
        var faults = new List<string>();
        if (options.Providers.Count == 0) faults.Add("Gateway:Providers names no provider.");
        if (options.Providers.Values.Count(provider => provider.Models.Count == 0) > 1)
            faults.Add("Gateway:Providers: only one provider, the default, may have no Models.");
        foreach (var (provider, settings) in options.Providers)
            foreach (var fault in FaultsOf(settings)) faults.Add($"Gateway:Providers:{provider}:{fault}");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> FaultsOf(LaneLimits limits)
    {
        if (limits.RequestsPerMinute is < 1 or > MostPerMinute) yield return $"RequestsPerMinute must be between 1 and {MostPerMinute}; leave it out for no limit.";
        if (limits.TokensPerMinute is < 1 or > MostPerMinute) yield return $"TokensPerMinute must be between 1 and {MostPerMinute}; leave it out for no limit.";
        if (limits.ConcurrentRequests < 1) yield return "ConcurrentRequests must be at least 1; leave it out for no limit.";
    }

    private static IEnumerable<string> FaultsOf(ProviderOptions options)
    {
        if (options.BaseAddress is not { IsAbsoluteUri: true } address || address.Scheme is not ("https" or "http"))
            yield return "BaseAddress must be an absolute http or https address.";
        else if (address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
            yield return "BaseAddress must have no query, fragment or user.";

        if (!string.IsNullOrEmpty(options.ApiKey) && !string.IsNullOrEmpty(options.ApiKeyVariable))
            yield return "ApiKey and ApiKeyVariable exclude each other.";
        else if (!string.IsNullOrEmpty(options.ApiKeyVariable) && string.IsNullOrEmpty(options.ResolveApiKey()))
            yield return $"ApiKeyVariable names {options.ApiKeyVariable}, which is not set.";
        else if (options.ResolveApiKey() is { } key && key.Any(c => c is <= ' ' or > '~'))
            yield return "the key has characters that no HTTP header may carry.";

        if (options.Weight < 0) yield return "Weight must not be negative.";
        if (options.AttemptTimeout <= TimeSpan.Zero || options.AttemptTimeout > LongestTimeout) yield return "AttemptTimeout must be above zero and at most 10 minutes.";
        if (options.IdleTimeout <= TimeSpan.Zero || options.IdleTimeout > LongestTimeout) yield return "IdleTimeout must be above zero and at most 10 minutes.";
        if (options.QueueWait < TimeSpan.Zero || options.QueueWait > LongestQueueWait) yield return "QueueWait must be between zero and 1 minute.";
        if (options.QueueLength is < 0 or > 100_000) yield return "QueueLength must be between 0 and 100000.";
        foreach (var fault in FaultsOf(options.Limits)) yield return $"Limits:{fault}";
        foreach (var (model, limits) in options.ModelLimits)
            foreach (var fault in FaultsOf(limits)) yield return $"ModelLimits:{model}:{fault}";
        if (options.MaxResponseBytes is < 1024 or > 256 * 1024 * 1024) yield return "MaxResponseBytes must be between 1 KiB and 256 MiB.";
    }
}
