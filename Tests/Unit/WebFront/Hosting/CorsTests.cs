using Microsoft.AspNetCore.Http;

namespace OrleansGateway.Tests;

public sealed class CorsTests
{
    // A page reads the first three of any answer; the others are for proxies and browsers.
    private static readonly string[] NotForPages = ["content-type", "content-length", "cache-control", "x-accel-buffering", "www-authenticate", "allow", "date"];

    [Fact]
    public async Task A_page_may_read_every_header_that_the_gateway_sets()
    {
        await using var front = await FrontHarness.StartAsync();
        using var answered = await front.PostAsync("/v1/messages", """{"model":"gpt-4.1","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}""");
        var set = answered.Headers.Select(header => header.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        set.UnionWith(SetByAnswers());
        foreach (var kind in Enum.GetValues<GatewayErrorKind>()) set.UnionWith(await SetByRefusalsAsync(kind));

        Assert.Contains("x-gateway-original-request-id", set);
        Assert.Contains("request-id", set);
        set.ExceptWith(NotForPages);
        Assert.Equal(Cors.Exposed.Order(StringComparer.Ordinal), set.Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/v1/models", "GET", true)]
    [InlineData("/v1/chat/completions", "POST", true)]
    [InlineData("/v1/nothing", "GET", true)]
    [InlineData("/admin/v1/tenants", "GET", false)]
    [InlineData("/Admin/V1/tenants", "POST", false)]
    public async Task A_listed_page_may_call_the_data_plane_alone(string path, string method, bool may)
    {
        const string Page = "https://app.example.com";
        await using var front = await FrontHarness.StartAsync(("Gateway:Cors:Origins:0", Page));
        using var preflight = await front.SendAsync(
            new(HttpMethod.Options, path) { Headers = { { "Origin", Page }, { "Access-Control-Request-Method", method }, { "Access-Control-Request-Headers", "authorization" } } });
        using var asked = await front.SendAsync(new(new HttpMethod(method), path) { Headers = { { "Origin", Page } } });

        Assert.Equal(may, preflight.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(may, asked.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private static IEnumerable<string> SetByAnswers()
    {
        var exchange = new Exchange(new DefaultHttpContext(), "req_2", 0)
        {
            ReplayOf = "req_1",
            Limits = new RateLimitSnapshot(600, 599, TimeSpan.FromSeconds(1), 1_000, 900, TimeSpan.FromSeconds(1)),
        };
        exchange.Settle(new AnsweredBy("holysheep", "gpt-4.1", 2, Fallback: true, Route: "alias"), default, "ok");
        AnswerHeaders.Write(exchange, withCost: true);
        return exchange.Response.Headers.Keys;
    }

    private static async Task<IEnumerable<string>> SetByRefusalsAsync(GatewayErrorKind kind)
    {
        var response = new DefaultHttpContext().Response;
        await ErrorResponses.WriteAsync(response, ErrorShape.OpenAI, new GatewayError(kind, "No."), "req_2");
        return response.Headers.Keys;
    }
}
