namespace OrleansGateway;

/// <summary>Who is behind a request.</summary>
/// <param name="TenantId">Who pays.</param>
/// <param name="KeyId">The api key shown.</param>
/// <param name="Tenant">The tenant's grain; kept, because looking a grain up costs more than asking it.</param>
internal sealed record Caller(string TenantId, string KeyId, ITenantGrain Tenant)
{
    /// <summary>Nobody that we know; has no tenant to ask.</summary>
    public static readonly Caller Unknown = new("", "", null!);
}
