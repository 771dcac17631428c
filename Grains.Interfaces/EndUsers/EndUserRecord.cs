namespace OrleansGateway;

/// <summary>An end user's own ceilings.</summary>
/// <param name="User">The request's <c>user</c>.</param>
/// <param name="Policy">Its ceilings, in place of the tenant's defaults for end users.</param>
/// <param name="Version">Counts the changes to the tenant's end users, so that no two changes share one; the ETag.</param>
/// <param name="UpdatedAt">When they were decided.</param>
[GenerateSerializer, Immutable, Alias("end-user-record")]
public sealed record EndUserRecord(
    [property: Id(0)] string User,
    [property: Id(1)] ScopePolicy Policy,
    [property: Id(2)] long Version,
    [property: Id(3)] DateTimeOffset UpdatedAt);
