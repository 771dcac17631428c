namespace OrleansGateway.Tests.TestKit;

/// <summary>Hands out hand-written grains; observers are their own references.</summary>
internal sealed class FakeGrainFactory : NoGrains
{
    public FakeGrainFactory() => Pool = new FakeProviderGrain(this);

    public Dictionary<string, FakeApiKeyGrain> Keys { get; } = [];

    /// <summary>When set, keys that are not known yet wait for it.</summary>
    public Task KeyGate { get; set; } = Task.CompletedTask;

    public FakeTenantGrain Tenant { get; } = new();

    public FakeProviderGrain Pool { get; }

    /// <summary>The pool's keys that were looked up.</summary>
    public HashSet<long> PoolKeys { get; } = [];

    public FakeOperatorGrain Operator { get; } = new();

    public FakeCatalogGrain Catalog { get; } = new();

    /// <summary>A key that works, and its secret.</summary>
    public string AddKey(string tenantId = "acme", DateTimeOffset? expiresAt = null, bool revoked = false)
    {
        var (keyId, secret) = ApiKeySecret.Create();
        Keys[keyId] = new FakeApiKeyGrain { Identity = new ApiKeyIdentity(keyId, tenantId, ApiKeyHash.Of(secret), expiresAt, revoked) };
        return secret;
    }

    public override TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null) =>
        (TGrainInterface)Find(typeof(TGrainInterface), primaryKey);

    public override TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
    {
        if (typeof(TGrainInterface) == typeof(IProviderGrain)) lock (PoolKeys) PoolKeys.Add(primaryKey);
        return (TGrainInterface)Find(typeof(TGrainInterface), "");
    }

    public override TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj) =>
        (TGrainObserverInterface)obj;

    public override void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
    {
    }

    private object Find(Type type, string key)
    {
        if (type == typeof(ITenantGrain)) return Tenant.Grain;
        if (type == typeof(IProviderGrain)) return Pool.Grain;
        if (type == typeof(IOperatorGrain)) return Operator.Grain;
        if (type == typeof(ICatalogGrain)) return Catalog.Grain;
        if (type != typeof(IApiKeyGrain)) throw new NotSupportedException(type.Name);
        lock (Keys) return (Keys.TryGetValue(key, out var grain) ? grain : Keys[key] = new FakeApiKeyGrain { Gate = KeyGate }).Grain;
    }

    public override IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) => (IAddressable)(interfaceType.ToString() switch
    {
        "api-key" => Find(typeof(IApiKeyGrain), grainId.Key.ToString()!),
        "tenant" => Find(typeof(ITenantGrain), grainId.Key.ToString()!),
        var other => throw new NotSupportedException(other),
    });
}
