using System.Collections.Concurrent;

namespace OrleansGateway;

/// <summary>
/// What this process knows of api keys, so that a request costs no look-up. An answer is used for 4 s from the moment it was asked
/// for, so a revoked key is refused everywhere within 5 s. One look-up per key at a time; bounded, whatever strangers send.
/// </summary>
internal sealed class CallerCache(IGrainFactory grains, TimeProvider time)
{
    internal static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(4);
    internal static readonly TimeSpan UnknownLifetime = TimeSpan.FromSeconds(2);
    internal const int Capacity = 50_000;
    internal const int UnknownCapacity = 10_000;

    // From this age on the next look-up starts in the background, so that a busy key never waits for one.
    private static readonly TimeSpan RefreshAge = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LookUpTimeout = TimeSpan.FromSeconds(5);

    // Apart, so that a flood of unknown keys pushes out no good one.
    private readonly ConcurrentDictionary<string, KnownKey> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _unknown = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<KnownKey?>>> _lookups = new(StringComparer.Ordinal);
    private int _knownCount;
    private int _unknownCount;

    /// <summary>The key of an id, or null when there is none.</summary>
    public ValueTask<KnownKey?> FindAsync(string keyId) => Knows(keyId, out var key) ? new(key) : new(LookUpAsync(keyId));

    /// <summary>Whether what is known tells; gives the key, or null when there is none.</summary>
    public bool Knows(string keyId, out KnownKey? key)
    {
        key = null;
        if (_known.TryGetValue(keyId, out var known))
        {
            var age = time.GetElapsedTime(known.AskedAt);
            if (age >= Lifetime) return false;
            if (age >= RefreshAge) _ = RefreshAsync(keyId);
            key = known;
            return true;
        }

        return _unknown.TryGetValue(keyId, out var askedAt) && time.GetElapsedTime(askedAt) < UnknownLifetime;
    }

    /// <summary>Whether a secret was a key's when that was last looked up, however long ago.</summary>
    public bool HasKnown(string keyId, string secret) => _known.TryGetValue(keyId, out var known) && known.Identity.Hash == ApiKeyHash.Of(secret);

    /// <summary>The same as <see cref="FindAsync"/>, whatever is known; with all others who ask at this moment.</summary>
    public Task<KnownKey?> LookUpAsync(string keyId) =>
        _lookups.GetOrAdd(keyId, static (id, cache) => new Lazy<Task<KnownKey?>>(() => cache.AskAsync(id)), this).Value;

    /// <summary>Forgets a key that turned out to be refused.</summary>
    public void Forget(string keyId)
    {
        if (_known.TryRemove(keyId, out _)) Interlocked.Decrement(ref _knownCount);
    }

    private async Task RefreshAsync(string keyId)
    {
        try
        {
            await LookUpAsync(keyId);
        }
        catch (Exception)
        {
            // The answer at hand stays good for its time; whoever needs a new one then gets the fault.
        }
    }

    private async Task<KnownKey?> AskAsync(string keyId)
    {
        try
        {
            var askedAt = time.GetTimestamp();
            var before = _known.GetValueOrDefault(keyId);
            var key = before?.Key ?? grains.ApiKeyOf(keyId);
            var identity = await GrainCall.RepeatAsync(key, static key => key.Find(), time).WaitAsync(LookUpTimeout, time);
            if (identity is null) return RememberUnknown(keyId, askedAt);
            var caller = before?.Caller.TenantId == identity.TenantId ? before.Caller : new Caller(identity.TenantId, identity.KeyId, grains.TenantOf(identity.TenantId));
            return Remember(keyId, new KnownKey(identity, key, caller, askedAt));
        }
        finally
        {
            _lookups.TryRemove(keyId, out _);
        }
    }

    private KnownKey Remember(string keyId, KnownKey key)
    {
        if (_unknown.TryRemove(keyId, out _)) Interlocked.Decrement(ref _unknownCount);
        if (_known.TryAdd(keyId, key)) MakeRoom(_known, ref _knownCount, Capacity);
        else _known[keyId] = key;
        return key;
    }

    private KnownKey? RememberUnknown(string keyId, long askedAt)
    {
        Forget(keyId);
        if (_unknown.TryAdd(keyId, askedAt)) MakeRoom(_unknown, ref _unknownCount, UnknownCapacity);
        else _unknown[keyId] = askedAt;
        return null;
    }

    // A full cache starts over: cheaper than keeping an order of use, and rare.
    private static void MakeRoom<T>(ConcurrentDictionary<string, T> keys, ref int count, int capacity)
    {
        if (Interlocked.Increment(ref count) <= capacity) return;
        keys.Clear();
        Interlocked.Exchange(ref count, 0);
    }
}

/// <summary>A key as it was found.</summary>
/// <param name="Identity">Whose it is, and its hash.</param>
/// <param name="Key">Its entry in the index of keys, to be asked again.</param>
/// <param name="Caller">The caller that it makes.</param>
/// <param name="AskedAt">The time stamp from which the answer ages.</param>
internal sealed record KnownKey(ApiKeyIdentity Identity, IApiKeyGrain Key, Caller Caller, long AskedAt);
