using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

/// <summary>Models, quota, health and cross-origin requests, over a socket.</summary>
public sealed class QuietRoutesTests
{
    private static readonly CatalogModel Model = new()
    {
        Id = "vendor/gpt-4.1",
        Offers = [new ModelOffer { Provider = "holysheep", UpstreamModel = "gpt-4.1" }],
        OwnedBy = "openai",
        ContextTokens = 1_000_000,
        MaxOutputTokens = 32_768,
        Prices = [FakeTenantGrain.Price],
    };

    [Fact]
    public async Task The_quota_of_an_end_user_is_asked_for_by_a_name_of_a_bounded_length()
    {
        await using var front = await FrontHarness.StartAsync();
        using var response = await front.GetAsync("/v1/quota?user=" + new string('x', 257));
        Assert.Equal(400, (int)response.StatusCode);
        var error = (await FrontHarness.JsonAsync(response)).GetProperty("error");
        Assert.Equal(("invalid_value", "user"), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Models_are_listed_with_their_prices_and_found_by_an_id_with_slashes()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Tenant.Offer = [Model];
        const string One =
            """{"id":"vendor/gpt-4.1","object":"model","created":1767225600,"owned_by":"openai","gateway":{"kind":"chat","contextTokens":1000000,"maxOutputTokens":32768,"inputUsdPerMillion":2,"cachedInputUsdPerMillion":null,"outputUsdPerMillion":8,"priceVersion":"2026-01-01"}}""";
        Assert.Equal($$"""{"object":"list","data":[{{One}}]}""", await TextAsync(front, "/v1/models"));
        Assert.Equal(One, await TextAsync(front, "/v1/models/vendor/gpt-4.1"));
        Assert.Equal(One, await TextAsync(front, "/v1/models/vendor%2Fgpt-4.1"));
    }

    [Fact]
    public async Task The_quota_is_told_in_numbers()
    {
        await using var front = await FrontHarness.StartAsync();
        var at = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
        front.Grains.Tenant.Report = new QuotaReport
        {
            Tenant = "acme",
            OpenReservations = 3,
            Limits = [new("tenant", QuotaKind.RequestsPerMinute, 600, 598, at), new("key:k_1", QuotaKind.ConcurrentRequests, 5, 5, null)],
            Budgets =
            [
                new BudgetStatus
                {
                    Scope = "tenant",
                    Window = BudgetWindow.Month,
                    Mode = BudgetMode.Hard,
                    LimitUsd = Money.FromUsd(500),
                    SettledUsd = Money.FromUsd(1.2034m),
                    AbsorbedUsd = default,
                    HeldUsd = Money.FromUsd(0.01m),
                    SuspenseUsd = default,
                    RemainingUsd = Money.FromUsd(498.7866m),
                    ResetsAt = at,
                    BurnRateUsdPerHour = Money.FromUsd(0.25m),
                    ExhaustsAt = at,
                },
            ],
        };
        Assert.Equal(
            """{"tenant":"acme","openReservations":3,"limits":[{"scope":"tenant","kind":"requestsPerMinute","limit":600,"remaining":598,"resetsAt":"2026-12-01T00:00:00+00:00"},{"scope":"key:k_1","kind":"concurrentRequests","limit":5,"remaining":5,"resetsAt":null}],"budgets":[{"scope":"tenant","window":"month","mode":"hard","limitUsd":500,"raisedUsd":0,"rolledOverUsd":0,"settledUsd":1.2034,"absorbedUsd":0,"heldUsd":0.01,"suspenseUsd":0,"remainingUsd":498.7866,"resetsAt":"2026-12-01T00:00:00+00:00","burnRateUsdPerHour":0.25,"forecastUsd":null,"exhaustsAt":"2026-12-01T00:00:00+00:00"}]}""",
            await TextAsync(front, "/v1/quota"));
    }

    [Fact]
    public async Task Health_needs_no_key_and_readiness_follows_the_cluster()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Client.DefaultRequestHeaders.Authorization = null;
        var management = front.Services.GetRequiredService<ManagementServer>().Addresses.Single();
        foreach (var url in new[] { "/health", "/health/live", "/health/ready", management + "/health", management + "/health/live", management + "/health/ready" })
        {
            using var response = await front.GetAsync(url);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var body = await FrontHarness.JsonAsync(response);
            Assert.Equal("healthy", body.GetProperty("status").GetString());
            Assert.True(body.GetProperty("timestamp").TryGetDateTimeOffset(out _));
        }
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_takes_no_other_method(string path)
    {
        await using var front = await FrontHarness.StartAsync();
        var management = front.Services.GetRequiredService<ManagementServer>().Addresses.Single();
        foreach (var url in new[] { path, management + path })
        {
            using var response = await front.PostAsync(url, "{}");
            Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET,HEAD"), (response.StatusCode, string.Join(',', response.Content.Headers.Allow)));
            Assert.Equal("method_not_allowed", (await FrontHarness.JsonAsync(response)).GetProperty("error").GetProperty("code").GetString());
            Assert.True(response.Headers.Contains("x-request-id"));
        }
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_makes_the_process_unready_and_not_dead()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Catalog.Fault = new TimeoutException();
        using var ready = await front.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("unhealthy", (await FrontHarness.JsonAsync(ready)).GetProperty("status").GetString());
        using var live = await front.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("https://app.example.com", "https://app.example.com")]
    [InlineData("https://other.example.com", null)]
    public async Task Browsers_may_call_from_listed_origins_only(string? listed, string? allowed)
    {
        await using var front = await (listed is null ? FrontHarness.StartAsync() : FrontHarness.StartAsync(("Gateway:Cors:Origins:0", listed)));
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        request.Headers.Add("Origin", "https://app.example.com");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        using var response = await front.SendAsync(request);
        Assert.Equal(allowed, response.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) ? origins.Single() : null);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData("/admin/v1/tenants", null, 401)]
    [InlineData("/admin/v1/tenants", "an-api-key-or-anything-else-of-enough-characters", 401)]
    [InlineData("/admin/v1/nonsense", null, 401)]
    [InlineData("/admin/v1/nonsense", FrontHarness.AdminKeyText, 404)]
    public async Task Nothing_of_the_control_plane_is_shown_without_its_key(string path, string? key, int status)
    {
        await using var front = await FrontHarness.StartAsync();
        front.Client.DefaultRequestHeaders.Authorization = key is null ? null : new("Bearer", key);
        using var response = await front.GetAsync(path);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    private static async Task<string> TextAsync(FrontHarness front, string path)
    {
        using var response = await front.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
