namespace OrleansGateway;

/// <summary>One of several keys of a provider.</summary>
public sealed class ProviderKeyOptions
{
    /// <summary>The key. Give this or <see cref="ApiKeyVariable"/>.</summary>
    public string? ApiKey { get; set; }

    /// <summary>The environment variable that holds it.</summary>
    public string? ApiKeyVariable { get; set; }

    /// <summary>Its share of the provider's calls; 0 keeps it for when the provider's other keys rest.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>The key in force, or null when there is none.</summary>
    internal string? Resolve() => ProviderOptions.Resolve(ApiKey, ApiKeyVariable);
}
