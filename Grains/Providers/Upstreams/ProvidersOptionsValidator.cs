using Microsoft.Extensions.Options;

namespace OrleansGateway;

/// <summary>Finds every fault of the providers' options at once, so that one start tells all.</summary>
internal sealed class ProvidersOptionsValidator : IValidateOptions<ProvidersOptions>
{
    private const long MostPerMinute = 1_000_000_000_000;
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ShortestHedge = TimeSpan.FromMilliseconds(100);
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

    /// <summary>Why nothing can be called at an address; null when it can.</summary>
    public static string? AddressFault(Uri? address) =>
        address is not { IsAbsoluteUri: true, Scheme: "https" or "http" } ? "must be an absolute http or https address."
        : address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0 ? "must have no query, fragment or user."
        : null;

    private static IEnumerable<string> FaultsOf(LaneLimits limits)
    {
        if (limits.RequestsPerMinute is < 1 or > MostPerMinute) yield return $"RequestsPerMinute must be between 1 and {MostPerMinute}; leave it out for no limit.";
        if (limits.TokensPerMinute is < 1 or > MostPerMinute) yield return $"TokensPerMinute must be between 1 and {MostPerMinute}; leave it out for no limit.";
        if (limits.ConcurrentRequests < 1) yield return "ConcurrentRequests must be at least 1; leave it out for no limit.";
    }

    // Says nothing of the key itself.
    private static string? KeyFault(string? key, string? variable)
    {
        if (!string.IsNullOrEmpty(key) && !string.IsNullOrEmpty(variable)) return "ApiKey and ApiKeyVariable exclude each other.";
        var resolved = ProviderOptions.Resolve(key, variable);
        if (!string.IsNullOrEmpty(variable) && string.IsNullOrEmpty(resolved))
            return $"ApiKeyVariable names {(LooksLikeName(variable) ? variable : "a variable")}, which is not set.";
        return resolved is not null && resolved.Any(c => c is <= ' ' or > '~') ? "the key has characters that no HTTP header may carry." : null;
    }

    // The key itself may have been put there.
    private static bool LooksLikeName(string variable) => variable.Length <= 64 && variable.Contains('_', StringComparison.Ordinal)
        && variable.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');

    private static IEnumerable<string> FaultsOf(ProviderOptions options)
    {
        if (AddressFault(options.BaseAddress) is { } unusable) yield return $"BaseAddress {unusable}";

        if (options.Keys.Count > 0 && !(string.IsNullOrEmpty(options.ApiKey) && string.IsNullOrEmpty(options.ApiKeyVariable)))
            yield return "Keys stand in place of ApiKey and ApiKeyVariable; give one or the other.";
        else if (KeyFault(options.ApiKey, options.ApiKeyVariable) is { } fault)
            yield return fault;
        foreach (var (name, key) in options.Keys)
        {
            if (name.Length > 64 || name.Any(c => c is <= ' ' or > '~')) yield return $"Keys:{name}: the name must have at most 64 printable ASCII characters and no spaces.";
            if (KeyFault(key.ApiKey, key.ApiKeyVariable) is { } wrong) yield return $"Keys:{name}:{wrong}";
            else if (key.Resolve() is null) yield return $"Keys:{name}: ApiKey or ApiKeyVariable is missing.";
            if (key.Weight is < 0 or > OfferOptions.MostWeight) yield return $"Keys:{name}:Weight must be between 0 and {OfferOptions.MostWeight}.";
        }

        if (options.Priority is < 0 or > OfferOptions.MostPriority) yield return $"Priority must be between 0 and {OfferOptions.MostPriority}.";
        if (options.Weight is < 0 or > OfferOptions.MostWeight) yield return $"Weight must be between 0 and {OfferOptions.MostWeight}.";
        if (options.AttemptTimeout <= TimeSpan.Zero || options.AttemptTimeout > LongestTimeout) yield return "AttemptTimeout must be above zero and at most 10 minutes.";
        if (options.IdleTimeout <= TimeSpan.Zero || options.IdleTimeout > LongestTimeout) yield return "IdleTimeout must be above zero and at most 10 minutes.";
        if (options.HedgeAfter < ShortestHedge || options.HedgeAfter >= options.AttemptTimeout)
            yield return "HedgeAfter must be at least 0.1 seconds and below AttemptTimeout; leave it out for no second calls.";
        if (options.QueueWait < TimeSpan.Zero || options.QueueWait > LongestQueueWait) yield return "QueueWait must be between zero and 1 minute.";
        if (options.QueueLength is < 0 or > 100_000) yield return "QueueLength must be between 0 and 100000.";
        foreach (var fault in FaultsOf(options.Limits)) yield return $"Limits:{fault}";
        foreach (var (model, limits) in options.ModelLimits)
            foreach (var fault in FaultsOf(limits)) yield return $"ModelLimits:{model}:{fault}";
        if (options.MaxResponseBytes is < 1024 or > MessageBounds.MostPayload) yield return "MaxResponseBytes must be between 1 KiB and 15 MiB.";
    }
}
