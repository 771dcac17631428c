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

    /// <summary>
    /// Several keys by name, in place of <see cref="ApiKey"/> and <see cref="ApiKeyVariable"/>: calls are spread over them, and one that is limited or refused
    /// rests alone.
    /// </summary>
    public Dictionary<string, ProviderKeyOptions> Keys { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Catalog ids it serves; empty makes it the default provider, which serves all that no other one names.</summary>
    public IList<string> Models { get; init; } = [];

    /// <summary>
    /// Whether the gateway asks it which models it has (<c>GET …/models</c>) and offers those that the price list or an operator prices; when not set, only
    /// of a provider that lists no <see cref="Models"/>.
    /// </summary>
    public bool? LearnModels { get; set; }

    /// <summary>The APIs it offers; empty for chat and embeddings, which every OpenAI-compatible upstream has.</summary>
    public IList<UpstreamApi> Apis { get; set; } = [];

    /// <summary>Among providers that serve the same model the lower ones are tried first.</summary>
    public int Priority { get; set; }

    /// <summary>Its share of the requests among providers of the same priority that serve the same model; 0 keeps it for when all others fail.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>How long one attempt may take to its response headers.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest silence between bytes of an answer.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a call whose answer comes whole may take before a second one is made beside it; the first answer counts and the tenant pays for both. Not set for never.
    /// </summary>
    public TimeSpan? HedgeAfter { get; set; }

    /// <summary>The largest whole answer; it must fit in a message between processes. Streams have no such limit, only single events do.</summary>
    public int MaxResponseBytes { get; set; } = MessageBounds.MostPayload;

    /// <summary>Whether it charges for requests that it answers with a 5xx status; then their holds go to suspense.</summary>
    public bool BillsServerErrors { get; set; }

    /// <summary>What it limits each key to, for each model by itself.</summary>
    public LaneLimits Limits { get; set; } = new();

    /// <summary>The same for single models, by catalog id; what one leaves out is as for the others.</summary>
    public Dictionary<string, LaneLimits> ModelLimits { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Whether limits are learned from the headers of its answers, too.</summary>
    public bool LearnLimits { get; set; } = true;

    /// <summary>How long a request may wait for its turn when a limit is reached; zero for not at all.</summary>
    public TimeSpan QueueWait { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many requests may wait for one model and key, at one silo.</summary>
    public int QueueLength { get; set; } = 1_000;

    internal bool LearnsModels => LearnModels ?? Models.Count == 0;

    /// <summary>The keys in force; one without a secret when the upstream asks for none.</summary>
    internal IEnumerable<UpstreamKey> ResolveKeys() => Keys.Count == 0
        ? [new UpstreamKey(UpstreamKey.Only, Resolve(ApiKey, ApiKeyVariable), 1)]
        : Keys.OrderBy(key => key.Key, StringComparer.Ordinal).Select(key => new UpstreamKey(key.Key, key.Value.Resolve(), key.Value.Weight));

    internal static string? Resolve(string? key, string? variable) =>
        !string.IsNullOrEmpty(key) ? key
        : string.IsNullOrEmpty(variable) ? null
        : Environment.GetEnvironmentVariable(variable);
}
