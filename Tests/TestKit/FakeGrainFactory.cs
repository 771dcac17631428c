namespace OrleansGateway.Tests.TestKit;

/// <summary>Hands out hand-written grains; observers are their own references.</summary>
internal sealed class FakeGrainFactory : IGrainFactory
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

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => (TGrainInterface)Find(typeof(TGrainInterface), primaryKey);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey
    {
        if (typeof(TGrainInterface) == typeof(IProviderGrain)) lock (PoolKeys) PoolKeys.Add(primaryKey);
        return (TGrainInterface)Find(typeof(TGrainInterface), "");
    }

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver => (TGrainObserverInterface)obj;

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
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

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidCompoundKey => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerCompoundKey => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) => throw new NotSupportedException();

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => throw new NotSupportedException();

    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) => throw new NotSupportedException();

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId) => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType) => (IAddressable)(interfaceType.ToString() switch
    {
        "api-key" => Find(typeof(IApiKeyGrain), grainId.Key.ToString()!),
        "tenant" => Find(typeof(ITenantGrain), grainId.Key.ToString()!),
        var other => throw new NotSupportedException(other),
    });
}
