using System.Globalization;
using System.Net;

namespace OrleansGateway.Tests.Unit.Providers.Fair;

public sealed class LimitHeadersTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("12ms", 0.012)]
    [InlineData("1s", 1)]
    [InlineData("6m0s", 360)]
    [InlineData("1h2m3.5s", 3723.5)]
    [InlineData("1d", 86_400)]
    [InlineData("7.66s", 7.66)]
    [InlineData("30", 30)]
    [InlineData("0", 0)]
    [InlineData("2026-01-01T12:00:30Z", 30)]
    [InlineData("2026-01-01T12:00:30.5+00:00", 30.5)]
    [InlineData("2025-01-01T12:00:30Z", 0)]
    [InlineData("9999-01-01T12:00:30Z", 86_400)]
    [InlineData("99999999999h", 86_400)]
    public void A_reset_is_read_in_every_spelling_within_a_day(string value, double seconds) =>
        Assert.Equal(seconds, LimitHeaders.ParseReset(value, Now)!.Value.TotalSeconds, 0.001);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("1x")]
    [InlineData("s")]
    [InlineData("1s1")]
    [InlineData("1..5s")]
    [InlineData("NaN")]
    [InlineData("1111111111111111111111111111111111111111111s")]
    public void An_odd_reset_is_none(string? value) => Assert.Null(LimitHeaders.ParseReset(value, Now));

    [Fact]
    public void Both_spellings_are_read()
    {
        var openAi = Told(
            ("x-ratelimit-limit-requests", "60"), ("x-ratelimit-remaining-requests", "59"), ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-limit-tokens", "150000"));
        Assert.Equal(new LimitTold(60, 59, TimeSpan.FromSeconds(1)), openAi.Requests);
        Assert.Equal(new LimitTold(150_000, null, null), openAi.Tokens);

        var anthropic = Told(
            ("anthropic-ratelimit-tokens-limit", "80000"), ("anthropic-ratelimit-tokens-remaining", "79000"),
            ("anthropic-ratelimit-tokens-reset", "2026-01-01T12:00:01Z"));
        Assert.Null(anthropic.Requests);
        Assert.Equal(new LimitTold(80_000, 79_000, TimeSpan.FromSeconds(1)), anthropic.Tokens);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1e9")]
    [InlineData("1.5")]
    [InlineData("many")]
    [InlineData("1000000001")]
    [InlineData("99999999999999999999999")]
    public void An_odd_limit_is_none(string limit) => Assert.True(Told(("x-ratelimit-limit-requests", limit), ("x-ratelimit-remaining-requests", "1")).SayNothing);

    [Theory]
    [InlineData("70", 60L)]
    [InlineData("-1", null)]
    [InlineData("x", null)]
    public void What_is_left_is_within_the_limit_or_unknown(string left, long? read) =>
        Assert.Equal(read, Told(("x-ratelimit-limit-requests", "60"), ("x-ratelimit-remaining-requests", left)).Requests!.Value.Left);

    [Fact]
    public void A_header_that_comes_twice_says_nothing() =>
        Assert.True(Told(("x-ratelimit-limit-requests", "60"), ("x-ratelimit-limit-requests", "61")).SayNothing);

    [Theory]
    [InlineData(60, 30L, 30.0, 60)] // half a minute for half of it
    [InlineData(60, 0L, 3.0, 60)] // never more than was stated
    [InlineData(14_400, 14_370L, 180.0, 10)] // by the day: thirty were used, and come back in three minutes
    [InlineData(60, null, null, 60)]
    [InlineData(60, 60L, 600.0, 60)]
    public void A_limit_comes_back_within_a_minute_unless_it_says_that_it_takes_longer(long limit, long? left, double? seconds, double perMinute) =>
        Assert.Equal(perMinute, new LimitTold(limit, left, seconds is { } s ? TimeSpan.FromSeconds(s) : null).PerMinute, 0.001);

    [Fact]
    public void An_instant_counts_from_the_responses_own_date()
    {
        var upstreams = Now.AddHours(-1);
        var told = Told(
            ("Date", upstreams.ToString("r", CultureInfo.InvariantCulture)),
            ("anthropic-ratelimit-requests-limit", "60"),
            ("anthropic-ratelimit-requests-reset", upstreams.AddSeconds(30).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
        Assert.Equal(TimeSpan.FromSeconds(30), told.Requests!.Value.FullIn);
    }

    private static LimitsTold Told(params (string Name, string Value)[] headers)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.OK);
        foreach (var (name, value) in headers) response.Headers.TryAddWithoutValidation(name, value);
        return LimitHeaders.Of(response, Now);
    }
}
