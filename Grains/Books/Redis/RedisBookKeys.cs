using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>
/// The keys of a tenant's book, all in one hash slot: a hash that says where the book ends, and a list of entries per day. Everything that
/// differs from tenant to tenant stands between fixed text, so no tenant's name can lead to another one's key.
/// </summary>
internal readonly struct RedisBookKeys(string prefix, string tenantId)
{
    /// <summary>Field of the head: how many entries the book has.</summary>
    public const string Count = "count";

    /// <summary>Field of the head: the newest day. Beside it each day has a field of its own: the number of its first entry.</summary>
    public const string NewestDay = "day";

    public RedisKey Head => $"{prefix}{{t:{tenantId}}}:head";

    public RedisKey EntriesOf(string day) => $"{prefix}{{t:{tenantId}}}:book:{day}";
}
