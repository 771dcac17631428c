using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Ceilings that an operator gives to single end users of a tenant; the same grain as <see cref="ITenantGrain"/>. Changes are entries of the tenant's book.</summary>
[GrainInterfaceType("end-users"), Alias("end-users")]
public interface IEndUsersGrain : IGrainWithStringKey
{
    /// <summary>
    /// Up to <paramref name="limit"/> end users with ceilings of their own, in ordinal order of their names after <paramref name="after"/>
    /// (null: from the first).
    /// </summary>
    [Alias("page")]
    Task<ImmutableArray<EndUserRecord>> PageEndUsers(string? after, int limit);

    /// <summary>An end user's own ceilings, or null when it has the tenant's defaults.</summary>
    [Alias("find")]
    Task<EndUserRecord?> FindEndUser(string user);

    /// <summary>
    /// Gives an end user ceilings in place of the tenant's defaults. <see cref="AdminOutcome{T}.Conflict"/>
    /// when the version is another (0: has none of its own; null: whatever it is) or the tenant has as many as it may.
    /// </summary>
    [Alias("set")]
    Task<AdminOutcome<EndUserRecord>> SetEndUser(string user, ScopePolicy policy, long? ifVersion);

    /// <summary>Gives an end user the tenant's defaults again and returns what it had; <see cref="AdminOutcome{T}.NotFound"/> when it has none of its own.</summary>
    [Alias("clear")]
    Task<AdminOutcome<EndUserRecord>> ClearEndUser(string user, long? ifVersion);
}
