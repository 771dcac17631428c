namespace OrleansGateway;

/// <summary>
/// References to a caller's grains, made by their types' names: by their interfaces Orleans looks attributes up by reflection each time, a twentieth of what a
/// request costs whose key was not seen for a while.
/// </summary>
internal static class CallerReferences
{
    private static readonly (GrainType Grain, GrainInterfaceType Interface) ApiKey = (GrainType.Create("api-key"), GrainInterfaceType.Create("api-key"));
    private static readonly (GrainType Grain, GrainInterfaceType Interface) Tenant = (GrainType.Create("tenant"), GrainInterfaceType.Create("tenant"));

    /// <summary>A key's entry in the index of keys.</summary>
    public static IApiKeyGrain ApiKeyOf(this IGrainFactory grains, string keyId) => (IApiKeyGrain)grains.GetGrain(GrainId.Create(ApiKey.Grain, keyId), ApiKey.Interface);

    /// <summary>A tenant.</summary>
    public static ITenantGrain TenantOf(this IGrainFactory grains, string tenantId) => (ITenantGrain)grains.GetGrain(GrainId.Create(Tenant.Grain, tenantId), Tenant.Interface);
}
