namespace OrleansGateway;

/// <summary>The upstreams this process may call, by the provider's name.</summary>
public sealed class ProvidersOptions
{
    /// <summary>Upstreams by provider name; names are compared as written.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; } = new(StringComparer.Ordinal);
}

/// <summary>One OpenAI-compatible upstream.</summary>
public sealed class ProviderOptions
{
    /// <summary>Where its API begins, version included: <c>https://api.holysheep.ai/v1</c>.</summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>The key it knows the gateway by. Give this or <see cref="ApiKeyVariable"/>; neither for an upstream that asks for none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>The environment variable that holds the key.</summary>
    public string? ApiKeyVariable { get; set; }

    /// <summary>Catalog ids it serves; empty makes it the default provider, which serves all that no other one names.</summary>
    public IList<string> Models { get; init; } = [];

    /// <summary>The APIs it offers; empty for chat and embeddings, which every OpenAI-compatible upstream has.</summary>
    public IList<UpstreamApi> Apis { get; set; } = [];

    /// <summary>Its share of the requests among providers that serve the same model; 0 keeps it for fallback.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>How long one attempt may take to its response headers.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest silence between bytes of an answer.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The largest whole answer; streams have no such limit, only single events do.</summary>
    public int MaxResponseBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Whether it charges for requests that it answers with a 5xx status; then their holds go to suspense.</summary>
    public bool BillsServerErrors { get; set; }

    /// <summary>What it limits each key to, for each model by itself.</summary>
    public LaneLimits Limits { get; set; } = new();

    /// <summary>The same for single models, by catalog id; what one leaves out is as for the others.</summary>
    public Dictionary<string, LaneLimits> ModelLimits { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether limits are learned from the headers of its answers, too.</summary>
    public bool LearnLimits { get; set; } = true;

    /// <summary>How long a request may wait for its turn when a limit is reached; zero for not at all.</summary>
    public TimeSpan QueueWait { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many requests may wait for one model and key, at one silo.</summary>
    public int QueueLength { get; set; } = 1_000;

    /// <summary>The key in force, or null when the upstream asks for none.</summary>
    internal string? ResolveApiKey() =>
        !string.IsNullOrEmpty(ApiKey) ? ApiKey
        : string.IsNullOrEmpty(ApiKeyVariable) ? null
        : Environment.GetEnvironmentVariable(ApiKeyVariable);
}
