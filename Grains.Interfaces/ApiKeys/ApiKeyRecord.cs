using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>An api key as the tenant's book keeps it: everything but the secret.</summary>
[GenerateSerializer, Immutable, Alias("api-key-record")]
public sealed record ApiKeyRecord
{
    /// <summary><c>k_</c> and the eight characters that the secret shows after <c>sk-gw-</c>.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>For people.</summary>
    [Id(1)] public string? Name { get; init; }

    /// <summary>The hash of the secret; see <see cref="ApiKeyHash"/>.</summary>
    [Id(2)] public required ApiKeyHash Hash { get; init; }

    /// <summary>When it was issued.</summary>
    [Id(3)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it is refused; null means never.</summary>
    [Id(4)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked.</summary>
    [Id(5)] public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Ceilings of this key, beneath the tenant's.</summary>
    [Id(6)] public ScopePolicy Policy { get; init; } = new();

    /// <summary>Model ids or prefixes ending in <c>*</c> that this key may call, within the tenant's; empty adds no restriction.</summary>
    [Id(7)] public ImmutableArray<string> AllowModels { get; init; } = [];

    /// <summary>Counts the changes from 1; the ETag.</summary>
    [Id(8)] public long Version { get; init; } = 1;

    /// <summary>What <see cref="ExpiresAt"/> was before a rotation cut it short to the end of its grace, the last instant there is for never; null when none has.</summary>
    [Id(9), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public DateTimeOffset? OwnExpiresAt { get; init; }

    /// <summary>Whether the key is good at an instant.</summary>
    public bool IsLive(DateTimeOffset at) => RevokedAt is null && (ExpiresAt is null || at < ExpiresAt);
}

/// <summary>
/// What a front end needs to recognise a key: whose it is, its hash, and until when it is good; the <c>Version</c> is that of its record, and 0 when a
/// release told it that did not know of it.
/// </summary>
[GenerateSerializer, Immutable, Alias("api-key-identity")]
public sealed record ApiKeyIdentity(
    [property: Id(0)] string KeyId,
    [property: Id(1)] string TenantId,
    [property: Id(2)] ApiKeyHash Hash,
    [property: Id(3)] DateTimeOffset? ExpiresAt,
    [property: Id(4)] bool Revoked,
    [property: Id(5)] long Version = 0)
{
    /// <summary>Whether it is older than what is known of the key: a revocation never is, and nothing is newer than one.</summary>
    public bool IsOlderThan(ApiKeyIdentity known) => !Revoked && (known.Revoked || (Version > 0 && Version < known.Version));

    /// <summary>Whether the key is good at an instant.</summary>
    public bool IsLive(DateTimeOffset at) => !Revoked && (ExpiresAt is null || at < ExpiresAt);
}

/// <summary>A key with its secret: shown once, kept nowhere.</summary>
[GenerateSerializer, Immutable, Alias("issued-api-key")]
public sealed record IssuedApiKey([property: Id(0)] ApiKeyRecord Record, [property: Id(1)] string Secret);

/// <summary>What an operator decides about a key; null leaves a field as it is.</summary>
[GenerateSerializer, Immutable, Alias("api-key-change")]
public sealed record ApiKeyChange
{
    /// <summary>For people.</summary>
    [Id(0)] public string? Name { get; init; }

    /// <summary>New expiry; ignored when null.</summary>
    [Id(1)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>New ceilings.</summary>
    [Id(2)] public ScopePolicy? Policy { get; init; }

    /// <summary>New model restriction.</summary>
    [Id(3)] public ImmutableArray<string>? AllowModels { get; init; }
}
