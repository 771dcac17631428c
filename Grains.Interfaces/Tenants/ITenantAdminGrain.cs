using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What operators do with a tenant; the same grain as <see cref="ITenantGrain"/>. Changes are entries of the tenant's book.</summary>
[GrainInterfaceType("tenant-admin"), Alias("tenant-admin")]
public interface ITenantAdminGrain : IGrainWithStringKey
{
    /// <summary>The tenant, or null when there is none.</summary>
    [Alias("find")]
    Task<TenantRecord?> Find();

    /// <summary>Opens the tenant: <see cref="AdminOutcome{T}.Conflict"/> when it exists.</summary>
    [Alias("open")]
    Task<AdminOutcome<TenantRecord>> Open(TenantPolicy policy);

    /// <summary>Replaces the policy if the version is still the one given (null: whatever it is).</summary>
    [Alias("change")]
    Task<AdminOutcome<TenantRecord>> Change(TenantPolicy policy, long? ifVersion);

    /// <summary>The tenant's keys, oldest first.</summary>
    [Alias("keys")]
    Task<ImmutableArray<ApiKeyRecord>> Keys();

    /// <summary>Issues a key. Not idempotent.</summary>
    [Alias("issue-key")]
    Task<AdminOutcome<IssuedApiKey>> IssueKey(ApiKeyChange settings);

    /// <summary>Changes a key's name, expiry or ceilings.</summary>
    [Alias("change-key")]
    Task<AdminOutcome<ApiKeyRecord>> ChangeKey(string keyId, ApiKeyChange change, long? ifVersion);

    /// <summary>Revokes a key at once. Idempotent.</summary>
    [Alias("revoke-key")]
    Task<AdminOutcome<ApiKeyRecord>> RevokeKey(string keyId);

    /// <summary>Issues a successor with the same settings and lets the old key expire after a grace.</summary>
    [Alias("rotate-key")]
    Task<AdminOutcome<IssuedApiKey>> RotateKey(string keyId, TimeSpan grace);

    /// <summary>
    /// Books an adjustment and returns it as booked. Idempotent by its id among the newest 10,000 of the tenant: the same one again returns
    /// the first, another one of the same id is a <see cref="AdminOutcome{T}.Conflict"/>.
    /// </summary>
    [Alias("adjust")]
    Task<AdminOutcome<Adjustment>> Adjust(Adjustment adjustment);
}

/// <summary>How an operator's change went.</summary>
[GenerateSerializer, Immutable, Alias("admin-outcome`1")]
public abstract record AdminOutcome<T>
{
    private AdminOutcome() { }

    /// <summary>Booked.</summary>
    [GenerateSerializer, Immutable, Alias("done`1")]
    public sealed record Done([property: Id(0)] T Value) : AdminOutcome<T>;

    /// <summary>No such tenant or key.</summary>
    [GenerateSerializer, Immutable, Alias("not-found`1")]
    public sealed record NotFound : AdminOutcome<T>;

    /// <summary>It exists already, or its version is another.</summary>
    [GenerateSerializer, Immutable, Alias("conflict`1")]
    public sealed record Conflict([property: Id(0)] string Detail) : AdminOutcome<T>;

    /// <summary>The change is wrong; every fault is named.</summary>
    [GenerateSerializer, Immutable, Alias("invalid`1")]
    public sealed record Invalid([property: Id(0)] ImmutableArray<PolicyFault> Faults) : AdminOutcome<T>;
}

/// <summary>One fault of a policy.</summary>
/// <param name="Path">The field, as in JSON: <c>budgets[0].limitUsd</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
[GenerateSerializer, Immutable, Alias("policy-fault")]
public sealed record PolicyFault([property: Id(0)] string Path, [property: Id(1)] string Message);
