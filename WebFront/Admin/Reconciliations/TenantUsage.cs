namespace OrleansGateway.Admin;

/// <summary>What a tenant's book says of the days and requests of an upload.</summary>
internal sealed record TenantUsage(string Tenant, DailyUsage.Known Days, IReadOnlyDictionary<string, RequestUsage> Requests);
