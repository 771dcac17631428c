using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class CallerCacheTests
{
    private readonly FakeGrainFactory _grains = new();
    private readonly FakeTimeProvider _time = new();
    private readonly CallerCache _cache;
    private readonly string _secret;
    private readonly string _keyId;
    private readonly FakeApiKeyGrain _grain;

    public CallerCacheTests()
    {
        _cache = new CallerCache(_grains, _time);
        _secret = _grains.AddKey();
        Assert.True(ApiKeySecret.TryReadKeyId(_secret, out _keyId));
        _grain = _grains.Keys[_keyId];
    }

    [Fact]
    public async Task A_key_is_looked_up_once_and_its_caller_is_shared()
    {
        var first = await _cache.FindAsync(_keyId);
        var second = await _cache.FindAsync(_keyId);
        Assert.Equal(("acme", _keyId), (first!.Caller.TenantId, first.Caller.KeyId));
        Assert.Same(first, second);
        Assert.Equal(1, _grain.Calls);
    }

    [Fact]
    public async Task A_revoked_key_is_known_to_be_so_within_five_seconds()
    {
        var authentication = new ApiKeyAuthentication(_cache, ShownKeys.Refused(_time), _time);
        Assert.NotNull((await authentication.AuthenticateAsync(ShownKeys.In($"Bearer {_secret}"))).Caller);
        await _grain.Update(_grain.Identity! with { Revoked = true });
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Same(Denials.InvalidApiKey, (await authentication.AuthenticateAsync(ShownKeys.In($"Bearer {_secret}"))).Denial);
    }

    [Fact]
    public async Task An_answer_ages_from_when_it_was_asked_for()
    {
        var gate = new TaskCompletionSource();
        _grain.Gate = gate.Task;
        var slow = _cache.FindAsync(_keyId).AsTask();
        _time.Advance(TimeSpan.FromSeconds(4.5));
        gate.SetResult();
        await slow;
        await _cache.FindAsync(_keyId);
        Assert.Equal(2, _grain.Calls);
    }

    [Fact]
    public async Task A_busy_key_is_looked_up_again_without_anyone_waiting()
    {
        await _cache.FindAsync(_keyId);
        _time.Advance(TimeSpan.FromSeconds(3));
        var gate = new TaskCompletionSource();
        _grain.Gate = gate.Task;
        Assert.True(_cache.FindAsync(_keyId).AsTask().IsCompletedSuccessfully);
        Assert.Equal(2, _grain.Calls);
        gate.SetResult();
    }

    [Fact]
    public async Task A_failing_lookup_leaves_what_is_known_until_its_time_is_up()
    {
        await _cache.FindAsync(_keyId);
        _grain.Fault = new InvalidDataException();
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.NotNull(await _cache.FindAsync(_keyId));
        _time.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<InvalidDataException>(() => _cache.FindAsync(_keyId).AsTask());
    }

    [Fact]
    public async Task Many_at_once_make_one_lookup()
    {
        var gate = new TaskCompletionSource();
        _grain.Gate = gate.Task;
        var all = Enumerable.Range(0, 100).Select(_ => _cache.FindAsync(_keyId).AsTask()).ToArray();
        gate.SetResult();
        await Task.WhenAll(all);
        Assert.Equal(1, _grain.Calls);
    }

    [Fact]
    public async Task An_unknown_key_is_remembered_for_a_moment()
    {
        _grain.Identity = null;
        Assert.Null(await _cache.FindAsync(_keyId));
        Assert.Null(await _cache.FindAsync(_keyId));
        Assert.Equal(1, _grain.Calls);
        _time.Advance(CallerCache.UnknownLifetime);
        await _cache.FindAsync(_keyId);
        Assert.Equal(2, _grain.Calls);
    }

    [Fact]
    public async Task A_flood_of_unknown_keys_pushes_out_no_good_one()
    {
        await _cache.FindAsync(_keyId);
        for (var i = 0; i < CallerCache.UnknownCapacity + 10; i++) await _cache.FindAsync($"k_{i:00000000}");
        await _cache.FindAsync(_keyId);
        Assert.Equal(1, _grain.Calls);
    }

    [Fact]
    public async Task A_key_is_good_only_with_its_own_secret_and_before_it_expires()
    {
        var authentication = new ApiKeyAuthentication(_cache, ShownKeys.Refused(_time), _time);
        var other = _secret[..^1] + (_secret[^1] == 'a' ? 'b' : 'a');
        Assert.Same(Denials.InvalidApiKey, (await authentication.AuthenticateAsync(ShownKeys.In($"Bearer {other}"))).Denial);
        Assert.Same(Denials.InvalidApiKey, (await authentication.AuthenticateAsync(ShownKeys.In(new([$"Bearer {_secret}", $"Bearer {_secret}"])))).Denial);
        Assert.NotNull((await authentication.AuthenticateAsync(ShownKeys.In($"bearer {_secret}"))).Caller);

        var expiring = _grains.AddKey(expiresAt: _time.GetUtcNow().AddSeconds(1));
        Assert.NotNull((await authentication.AuthenticateAsync(ShownKeys.In($"Bearer {expiring}"))).Caller);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Same(Denials.InvalidApiKey, (await authentication.AuthenticateAsync(ShownKeys.In($"Bearer {expiring}"))).Denial);
    }
}
