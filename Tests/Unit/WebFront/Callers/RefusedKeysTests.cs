using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class RefusedKeysTests : IDisposable
{
    private const int MostPerMinute = 60;

    private readonly FakeGrainFactory _grains = new();
    private readonly FakeTimeProvider _time = new();
    private readonly GatewayMeter _meter = new();
    private readonly Measurements _measured;
    private readonly ApiKeyAuthentication _authentication;

    public RefusedKeysTests()
    {
        _measured = new Measurements(_meter);
        _authentication = new ApiKeyAuthentication(new CallerCache(_grains, _time), ShownKeys.Refused(_time, MostPerMinute, meter: _meter), _time);
    }

    public void Dispose()
    {
        _measured.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task An_address_that_shows_too_many_wrong_keys_has_no_more_looked_up_and_others_and_good_keys_are_served()
    {
        var (known, idle, unseen) = (_grains.AddKey(), _grains.AddKey(), _grains.AddKey());
        Assert.NotNull((await ShowAsync(idle)).Caller);
        _time.Advance(CallerCache.Lifetime);
        Assert.NotNull((await ShowAsync(known)).Caller);
        for (var i = 0; i < MostPerMinute; i++) Assert.Same(Denials.InvalidApiKey, (await ShowAsync(Guess(i))).Denial);

        var denial = (await ShowAsync(Guess(MostPerMinute))).Denial!;
        Assert.Equal(("rate_limit_exceeded", 1), (denial.Code, (int)Math.Ceiling(denial.RetryAfter!.Value.TotalSeconds)));
        Assert.Equal("rate_limit_exceeded", (await ShowAsync(unseen)).Denial!.Code);
        Assert.NotNull((await ShowAsync(known)).Caller);
        Assert.NotNull((await ShowAsync(idle)).Caller);
        Assert.Same(Denials.InvalidApiKey, (await ShowAsync(Guess(0), "192.0.2.2")).Denial);
        Assert.NotNull((await ShowAsync(unseen, "192.0.2.2")).Caller);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Same(Denials.InvalidApiKey, (await ShowAsync(Guess(MostPerMinute + 1))).Denial);
        Assert.Equal(2, _measured.Of("gateway.keys.refused{gateway.kind=data,gateway.reason=limited}"));
        Assert.Equal(MostPerMinute + 2, _measured.Of("gateway.keys.refused{gateway.kind=data,gateway.reason=invalid}"));
    }

    [Fact]
    public async Task A_client_that_shows_the_same_wrong_key_over_and_over_keeps_nobody_behind_its_address_out()
    {
        for (var i = 0; i < 2 * MostPerMinute; i++) await ShowAsync(Guess(0));
        for (var i = 0; i < 2 * MostPerMinute; i++) await ShowAsync("no-key-at-all");
        Assert.NotNull((await ShowAsync(_grains.AddKey())).Caller);
    }

    [Fact]
    public async Task A_network_of_IPv6_is_one_address()
    {
        for (var i = 0; i < MostPerMinute; i++) await ShowAsync(Guess(i), $"2001:db8::{i + 1:x}");
        Assert.Equal("rate_limit_exceeded", (await ShowAsync(Guess(100), "2001:db8::ffff")).Denial!.Code);
        Assert.Equal("invalid_api_key", (await ShowAsync(Guess(100), "2001:db8:0:1::1")).Denial!.Code);
    }

    [Fact]
    public void More_addresses_than_there_is_room_for_start_over()
    {
        var refused = ShownKeys.Refused(_time, mostPerMinute: 1);
        for (var i = 0; i <= RefusedKeys.Capacity; i++) refused.OnRefused(ShownKeys.In("", $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}"), "data", "invalid", lookedUp: true);
        Assert.Null(refused.WaitOf(ShownKeys.In("", "10.0.0.1")));
        refused.OnRefused(ShownKeys.In("", "10.0.0.1"), "data", "invalid", lookedUp: true);
        Assert.NotNull(refused.WaitOf(ShownKeys.In("", "10.0.0.1")));
    }

    [Fact]
    public async Task Zero_is_for_any_number()
    {
        var refused = ShownKeys.Refused(_time, mostPerMinute: 0);
        var authentication = new ApiKeyAuthentication(new CallerCache(_grains, _time), refused, _time);
        for (var i = 0; i < 1_000; i++) await authentication.AuthenticateAsync(ShownKeys.In($"Bearer {Guess(i)}"));
        Assert.Null(refused.WaitOf(ShownKeys.In("")));
    }

    [Theory]
    [InlineData("192.0.2.1", "203.0.113.9", "192.0.2.1")]
    [InlineData("10.1.2.3", "203.0.113.9", "203.0.113.9")]
    [InlineData("::ffff:10.1.2.3", "203.0.113.9:4711", "203.0.113.9")]
    [InlineData("10.1.2.3", "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9")]
    [InlineData("10.1.2.3", "203.0.113.9, nonsense", "10.1.2.3")]
    [InlineData("10.1.2.3", "", "10.1.2.3")]
    [InlineData("10.1.2.3", "2001:db8::1", "2001:db8::1")]
    public void A_trusted_proxy_says_whom_it_speaks_for(string peer, string forwarded, string address)
    {
        var http = ShownKeys.In("", peer);
        http.Request.Headers["X-Forwarded-For"] = forwarded;
        Assert.Equal(address, new PeerAddress(new GatewayOptions { TrustedProxies = ["10.0.0.0/8"] }).Of(http)?.ToString());
    }

    private ValueTask<(Caller? Caller, GatewayError? Denial)> ShowAsync(string secret, string peer = "192.0.2.1") =>
        _authentication.AuthenticateAsync(ShownKeys.In($"Bearer {secret}", peer));

    private static string Guess(int i) => $"sk-gw-{i:D8}-{new string('x', 43)}";
}
