using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>All that a silo reads at its start, checked as a whole.</summary>
internal sealed record SiloSettings(
    GatewayOptions Gateway, AdminKey AdminKey, CatalogRecipe Recipe, TenantOptions Tenants, WebhookOptions Webhooks,
    IdempotencyOptions Idempotency, OtelSettings Otel, string? Redis, bool Simulate, bool Production)
{
    private const string DefaultBaseAddress = "https://api.holysheep.ai/v1";

    /// <summary>The provider that serves every model no other one names.</summary>
    public const string DefaultProvider = "holysheep";

    /// <summary>The provider of a gateway that has no upstream; its address is known once it listens.</summary>
    public const string SimulatorProvider = "simulator";

    public ProvidersOptions Providers => Recipe.Providers;

    /// <summary>Where books and snapshots are, in words that anyone may read.</summary>
    public string PlaceOfBooks => Gateway.Storage == StoreKind.Embedded
        ? Path.GetFullPath(Gateway.DataDirectory)
        : $"Redis at {string.Join(", ", RedisConnections.Of(Redis!).EndPoints.Select(EndPointCollection.ToString))}";

#if DASHBOARD
    /// <summary>Whether operators can look at the Orleans dashboard.</summary>
    public bool HasDashboard => Gateway.Telemetry.Dashboard is not false && !string.IsNullOrWhiteSpace(Gateway.ManagementUrls);
#endif

    /// <summary>Throws <see cref="SettingsException"/> with every fault.</summary>
    public static SiloSettings Read(IConfiguration configuration)
    {
        var faults = new List<string>();
        var gateway = GatewayOptions.Read(configuration, faults);
        var adminKey = AdminKey.Read(configuration, faults);
        var tenants = new SettingsReader<TenantOptions>(configuration.GetSection(TenantOptions.Section)).Read(faults);
        var webhooks = new SettingsReader<WebhookOptions>(configuration.GetSection(WebhookOptions.Section)).Read(faults);
        var idempotency = new SettingsReader<IdempotencyOptions>(configuration.GetSection(IdempotencyOptions.Section)).Read(faults);
        var before = faults.Count;
        var catalog = new SettingsReader<CatalogOptions>(configuration.GetSection(CatalogOptions.Section)).Read(faults);
        var providers = ReadProviders(configuration, faults);
        var modelsAreRead = faults.Count == before;
        var otel = OtelSettings.Read(configuration, faults);
        var redis = gateway is { Clustering: Clustering.Redis } or { Storage: StoreKind.Redis }
            ? RedisSetting.Read(configuration, "Gateway:Storage or Gateway:Clustering", faults)
            : null;

        var simulate = providers.Providers.Count == 0;
        var production = string.Equals(configuration["DOTNET_ENVIRONMENT"], Environments.Production, StringComparison.OrdinalIgnoreCase);
        if (simulate && production)
            faults.Add("HOLYSHEEP_API_KEY is not set. In production the gateway does not start on its simulator: set the key, or configure a provider under Gateway:Providers");
        if (!simulate && new ProvidersOptionsValidator().Validate(null, providers) is { Failed: true } invalid)
            faults.AddRange(invalid.Failures!.Where(failure => !faults.Exists(told => SettingOf(told) == SettingOf(failure))).ToList()); // what could not be read has been told
        var recipe = new CatalogRecipe(catalog, providers, DefaultOf(providers, simulate));
        // Of models that could not be read it would be told that there are none.
        if (modelsAreRead) faults.AddRange(CatalogSettings.FaultsOf(recipe));
        if (gateway is { Clustering: not Clustering.Embedded, Storage: StoreKind.Embedded })
            faults.Add($"Gateway:Storage=Embedded belongs to one process, but Gateway:Clustering={gateway.Clustering} joins several: set Gateway:Storage=Redis");

#if !DASHBOARD
        if (gateway.Telemetry.Dashboard is true)
            faults.Add("Gateway:Telemetry:Dashboard=true: images come without the dashboard of Orleans. "
                + "Leave the setting out, or run a silo that was built by 'dotnet publish Silo'");
#endif
        if (gateway.Clustering == Clustering.Kubernetes && new KubernetesClusteringOptions().FindFault() is { } unreachable)
            faults.Add($"Gateway:Clustering=Kubernetes: {unreachable}");

        return faults.Count == 0
            ? new SiloSettings(gateway, adminKey, recipe, tenants, webhooks, idempotency, otel, redis, simulate, production)
            : throw new SettingsException(faults);
    }

    /// <summary>Who serves the models that nobody names.</summary>
    private static string DefaultOf(ProvidersOptions providers, bool simulate)
    {
        if (!simulate) return providers.Providers.FirstOrDefault(provider => provider.Value.Models.Count == 0).Key ?? DefaultProvider;
        providers.Providers[SimulatorProvider] = new ProviderOptions { ApiKey = "simulated", Apis = Enum.GetValues<UpstreamApi>() };
        return SimulatorProvider;
    }

    private static string SettingOf(string fault) => fault.Split(' ', 2)[0];

    private static ProvidersOptions ReadProviders(IConfiguration configuration, List<string> faults)
    {
        var providers = new ProvidersOptions();
        var section = configuration.GetSection($"{GatewayOptions.Section}:{nameof(ProvidersOptions.Providers)}");
        foreach (var provider in section.GetChildren())
            providers.Providers[provider.Key] = new SettingsReader<ProviderOptions>(provider).Read(faults);
        if (providers.Providers.GetValueOrDefault(DefaultProvider) is { Apis.Count: 0 } configured) configured.Apis = Enum.GetValues<UpstreamApi>();

        if (configuration["HOLYSHEEP_API_KEY"] is not { Length: > 0 } key || providers.Providers.ContainsKey(DefaultProvider)) return providers;
        _ = Uri.TryCreate(configuration["HOLYSHEEP_BASE_URL"] ?? DefaultBaseAddress, UriKind.Absolute, out var address);
        if (ProvidersOptionsValidator.AddressFault(address) is { } wrong)
        {
            faults.Add($"HOLYSHEEP_BASE_URL {wrong} Example: {DefaultBaseAddress}");
            address = new Uri(DefaultBaseAddress); // its fault is told
        }
        providers.Providers[DefaultProvider] = new ProviderOptions { ApiKey = key, BaseAddress = address, Apis = Enum.GetValues<UpstreamApi>() };
        return providers;
    }
}
