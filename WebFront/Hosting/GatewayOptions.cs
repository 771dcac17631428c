using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>How silos find one another.</summary>
internal enum Clustering
{
    /// <summary>One silo, alone.</summary>
    Embedded,

    /// <summary>Through <c>ConnectionStrings:Redis</c>.</summary>
    Redis,

    /// <summary>Through the API server of Kubernetes, in the pod's namespace.</summary>
    Kubernetes,
}

/// <summary>Where books and snapshots are kept.</summary>
internal enum StoreKind
{
    /// <summary>SQLite in <see cref="GatewayOptions.DataDirectory"/>.</summary>
    Embedded,

    /// <summary>Redis at <c>ConnectionStrings:Redis</c>.</summary>
    Redis,
}

/// <summary>What an acknowledged write to the embedded store survives.</summary>
internal enum Durability
{
    /// <summary>The machine's sudden end: every commit is flushed to the disk.</summary>
    PowerLoss,

    /// <summary>The process's sudden end only.</summary>
    ProcessCrash,
}

/// <summary>The section <c>Gateway</c>: what a process reads at its start.</summary>
internal sealed class GatewayOptions : IValidatableObject
{
    public const string Section = "Gateway";

    /// <summary>Whose data it is, for Orleans. Not a setting: a store has the data of one gateway, whatever its clusters are called.</summary>
    public const string ServiceId = "orleans-gateway";

    private const long MiB = 1024 * 1024;

    /// <summary>The embedded store's folder.</summary>
    [Required]
    public string DataDirectory { get; init; } = "./data";

    /// <summary>How silos find one another.</summary>
    public Clustering Clustering { get; init; }

    /// <summary>
    /// The cluster's name, by which its silos and clients know that they belong together. It names the <c>OrleansCluster</c>, a part of leases' names and labels, and the hash
    /// of members in Redis.
    /// </summary>
    [Required]
    [RegularExpression("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
        ErrorMessage = "must have at most 63 of a-z, 0-9 and '-', and begin and end with a letter or digit: it is a name in Kubernetes")]
    public string ClusterId { get; init; } = "orleans-gateway";

    /// <summary>Where books and snapshots are kept.</summary>
    public StoreKind Storage { get; init; }

    /// <summary>Whether a silo also serves HTTP.</summary>
    public bool Http { get; init; } = true;

    /// <summary>The management listener; empty for none.</summary>
    public string ManagementUrls { get; init; } = "http://localhost:8081";

    /// <summary>Silo to silo.</summary>
    [Range(1, 65_535)]
    public int SiloPort { get; init; } = 11_111;

    /// <summary>Client to silo.</summary>
    [Range(0, 65_535)]
    public int GatewayPort { get; init; } = 30_000;

    /// <summary>The IP address at which other silos and clients reach this one; found by itself when not set.</summary>
    public string? AdvertisedAddress { get; init; }

    /// <summary>TLS between silos and clients; none unless set.</summary>
    public ClusterTlsOptions ClusterTls { get; init; } = new();

    /// <summary>What an acknowledged write to the embedded store survives.</summary>
    public Durability EmbeddedDurability { get; init; }

    /// <summary>Whether silos hand tenants over to those that have fewer (docs/adr/0025-tenants-stay-where-they-are.md): on all of a cluster or on none.</summary>
    public bool RebalanceActivations { get; init; }

    /// <summary>Whether to start on a Redis that can forget.</summary>
    public bool AllowUnsafeStore { get; init; }

    /// <summary>The largest request body; it must fit in a message between processes.</summary>
    [Range(1024, MessageBounds.MostPayload)]
    public long MaxRequestBodyBytes { get; init; } = 10 * MiB;

    /// <summary>How long a request body may take to come.</summary>
    // A request is looked for in the book from the time in its id on, for two minutes.
    [Range(typeof(TimeSpan), "00:00:01", "00:02:00", ErrorMessage = "must be between 00:00:01 and 00:02:00")]
    public TimeSpan RequestBodyTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The most bytes of request bodies in memory at once; a quarter of what the process may have when not set.</summary>
    public long? MaxHeldBodyBytes { get; init; }

    /// <summary>The same of one tenant; an eighth of it when not set, and as many as a few of the largest bodies have.</summary>
    public long? MaxHeldBodyBytesPerTenant { get; init; }

    /// <summary>Connections at once; none are accepted above.</summary>
    [Range(1, 1_000_000)]
    public long MaxConcurrentConnections { get; init; } = 20_000;

    /// <summary>How many keys that turn out wrong are looked up for an address in a minute; 0 for any number. Keys that are known to be good are served all the same.</summary>
    [Range(0, 1_000_000)]
    public int MaxFailedAuthenticationsPerMinute { get; init; } = 600;

    /// <summary>The networks of proxies that are believed whom they speak for (<c>X-Forwarded-For</c>), as <c>10.0.0.0/8</c>. None unless listed.</summary>
    public string[] TrustedProxies { get; init; } = [];

    /// <summary>Who may call from a browser.</summary>
    public CorsOptions Cors { get; init; } = new();

    /// <summary>What the process says of itself.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Read by the providers' feature.</summary>
    public IConfigurationSection? Providers { get; init; }

    /// <summary>Read by the catalog's feature.</summary>
    public IConfigurationSection? Catalog { get; init; }

    /// <summary>Read by the tenants' feature.</summary>
    public IConfigurationSection? Tenants { get; init; }

    /// <summary>Read by the webhooks' feature.</summary>
    public IConfigurationSection? Webhooks { get; init; }

    /// <summary>Read by the feature of idempotency keys.</summary>
    public IConfigurationSection? Idempotency { get; init; }

    /// <summary>The section of a configuration; adds what is wrong to <paramref name="faults"/>.</summary>
    public static GatewayOptions Read(IConfiguration configuration, ICollection<string> faults)
    {
        if (FailPoints.WhyNotToStart(configuration["DOTNET_ENVIRONMENT"]) is { } armed) faults.Add(armed);
        foreach (var name in new[] { "Orleans:ClusterId", "Orleans:ServiceId" })
            if (configuration[name] is not null)
                faults.Add($"{name} is not a setting of the gateway: a cluster is named by {Section}:{nameof(ClusterId)}, for silos and web fronts alike");
        Listeners.Check(configuration, faults);
        Logging.Check(configuration, faults);
        return new SettingsReader<GatewayOptions>(configuration.GetSection(Section)).Read(faults);
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AdvertisedAddress is not null && !System.Net.IPAddress.TryParse(AdvertisedAddress, out _))
            yield return new($"'{AdvertisedAddress}' is not an IP address", [nameof(AdvertisedAddress)]);
        foreach (var network in TrustedProxies)
            if (!System.Net.IPNetwork.TryParse(network, out _)) yield return new($"'{network}' is not a network such as 10.0.0.0/8", [nameof(TrustedProxies)]);
        if (SiloPort == GatewayPort) yield return new("must differ", [nameof(SiloPort), nameof(GatewayPort)]);
        if (MaxHeldBodyBytes < MaxRequestBodyBytes) yield return new($"must be no less than {nameof(MaxRequestBodyBytes)}: the largest body must fit", [nameof(MaxHeldBodyBytes)]);
        if (MaxHeldBodyBytesPerTenant < MaxRequestBodyBytes)
            yield return new($"must be no less than {nameof(MaxRequestBodyBytes)}: the largest body must fit", [nameof(MaxHeldBodyBytesPerTenant)]);
        foreach (var fault in ListenerAddress.FaultsOf(ManagementUrls, 8081)) yield return new(fault, [nameof(ManagementUrls)]);
        if (ManagementUrls.Split(';').Any(ListenerAddress.IsHttps))
            yield return new(
                "the management listener has no certificate and speaks http only: leave it to the machine or the pod (http://localhost:8081), or put a proxy before it",
                [nameof(ManagementUrls)]);
    }
}
