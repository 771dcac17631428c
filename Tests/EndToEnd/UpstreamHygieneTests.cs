using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OrleansGateway.Soak;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Upstreams that are not who they should be, send more than they should, send callers elsewhere, or tell secrets.</summary>
public sealed class UpstreamHygieneTests(StormGateway shared) : IClassFixture<StormGateway>
{
    private const string UpstreamKey = "upstream-key";
    private const string Answer = """{"choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}""";

    public static TheoryData<string> Routes { get; } = [CallPlan.Chat, CallPlan.Responses, CallPlan.Messages];

    [Fact]
    public async Task A_bad_certificate_is_a_502_that_costs_nothing_and_nothing_is_sent_in_the_clear()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("localhost", TestAuthority.ServerUse);
        await using var impostor = await OwnUpstream.StartAsync(http => http.Response.WriteAsync(Answer), certificate);
        await using var plain = await OwnUpstream.StartAsync(http => http.Response.WriteAsync(Answer));
        foreach (var address in new[] { impostor.Address, new UriBuilder(plain.Address) { Scheme = "https" }.Uri })
        {
            await using var gateway = await TestGateway.StartAsync(upstream: new Uri(address, "/v1").ToString());
            await AssertFailsAsync(gateway, CallPlan.Chat, null, "upstream_error", "void", "tls_failed");
        }
        Assert.Equal((0, 0), (impostor.Calls, plain.Calls));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_redirect_is_not_followed_and_costs_nothing(string route)
    {
        await using var elsewhere = await OwnUpstream.StartAsync(http => http.Response.WriteAsync(Answer));
        foreach (var status in new[] { 301, 302, 307, 308 })
            await AssertFailsAsync(shared.Gateway, route, $$"""{"redirectTo":"{{elsewhere.Address}}v1","status":{{status}}}""", "upstream_error", "void", "redirect");
        Assert.Equal(0, elsewhere.Calls);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_packed_answer_is_not_unpacked_and_ends_in_suspense(string route) =>
        await AssertFailsAsync(shared.Gateway, route, """{"gzipBombBytes":50000000}""", "upstream_invalid_response", "suspense", "invalid_response", wholeOf: 20);

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_header_beyond_64_kB_ends_in_suspense(string route) =>
        await AssertFailsAsync(shared.Gateway, route, """{"bigHeaderBytes":70000,"billAnyway":true}""", "upstream_invalid_response", "suspense", "too_large");

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task An_answer_beyond_the_limit_ends_in_suspense(string route)
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Providers:holysheep:BaseAddress"] = TestGateway.SimulatorAddress,
            ["Gateway:Providers:holysheep:ApiKey"] = UpstreamKey,
            ["Gateway:Providers:holysheep:MaxResponseBytes"] = "1024",
        });
        await AssertFailsAsync(gateway, route, """{"outputTokens":400}""", "upstream_invalid_response", "suspense", "too_large", wholeOf: 500);
    }

    [Fact]
    public async Task Of_an_upstreams_headers_none_reaches_the_caller()
    {
        await using var upstream = await OwnUpstream.StartAsync(http =>
        {
            foreach (var (name, value) in new[]
            {
                ("Set-Cookie", "a=b"), ("Server", "secret/1.0"), ("X-Internal", "1"),
                ("x-gateway-cost-usd", "0"), ("x-request-id", "theirs"),
                ("x-ratelimit-remaining-requests", "5"), ("Content-Language", "de"), ("Access-Control-Allow-Origin", "*"),
            })
                http.Response.Headers[name] = value;
            http.Response.ContentType = "application/json; charset=latin-1";
            return http.Response.WriteAsync(Answer);
        });
        await using var gateway = await TestGateway.StartAsync(upstream: new Uri(upstream.Address, "/v1").ToString());
        using var response = await (await gateway.OpenTenantAsync()).ChatAsync(new CallPlan(1, CallPlan.Chat, "gpt-4.1", false, 20, null, false).Body());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            ["date", "x-gateway-attempts", "x-gateway-cost-usd", "x-gateway-model", "x-gateway-provider", "x-request-id"],
            response.Headers.Select(h => h.Key.ToLowerInvariant()).Order());
        Assert.Equal(("application/json", false), (response.Content.Headers.ContentType!.ToString(), response.Headers.GetValues("x-request-id").Single() == "theirs"));
        Assert.NotEqual("0", response.Headers.GetValues("x-gateway-cost-usd").Single());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(422)]
    [InlineData(500)]
    [InlineData(200)]
    public async Task The_gateways_own_key_is_told_to_nobody_though_the_upstream_repeats_it(int status)
    {
        await using var upstream = await OwnUpstream.StartAsync(async http =>
        {
            var shown = http.Request.Headers.Authorization.ToString() + http.Request.Headers["x-api-key"];
            var stream = (await new StreamReader(http.Request.Body).ReadToEndAsync()).Contains("\"stream\":true", StringComparison.Ordinal);
            http.Response.StatusCode = status;
            http.Response.ContentType = stream && status == 200 ? "text/event-stream" : "application/json";
            var error = $$"""{"type":"error","error":{"type":"invalid_request_error","message":"Incorrect API key {{shown}}","param":"{{shown}}","code":"{{shown}}"} }""";
            await http.Response.WriteAsync(stream && status == 200 ? $"data: {{\"choices\":[{{\"delta\":{{\"content\":\"x\"}}}}]}}\n\ndata: {error}\n\n" : error);
        });
        await using var gateway = await TestGateway.StartAsync(upstream: new Uri(upstream.Address, "/v1").ToString());
        foreach (var route in new[] { CallPlan.Chat, CallPlan.ShortChat, CallPlan.Embeddings, CallPlan.Responses, CallPlan.Messages })
        {
            foreach (var stream in route == CallPlan.Embeddings ? [false] : new[] { false, true })
            {
                var calls = await StreamCalls.OpenAsync(gateway);
                var heard = await calls.PlaceAsync(new CallPlan(1, route, route == CallPlan.Embeddings ? "text-embedding-3-small" : "gpt-4.1", stream, 20, null, false));
                Assert.DoesNotContain(UpstreamKey, heard.Text, StringComparison.Ordinal);
                Assert.NotEqual("", heard.Text);
            }
        }
        Assert.True(upstream.Calls >= 9);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Contains(UpstreamKey, StringComparison.Ordinal));
    }

    private static async Task AssertFailsAsync(TestGateway gateway, string route, string? script, string code, string kind, string word, int? wholeOf = null)
    {
        var calls = await StreamCalls.OpenAsync(gateway);
        bool[] forms = wholeOf is null ? [false, true] : [false];
        foreach (var stream in forms)
        {
            var heard = await calls.PlaceAsync(new CallPlan(1, route, "gpt-4.1", stream, wholeOf ?? 20, script, false));
            var body = JsonDocument.Parse(heard.Text).RootElement;
            Assert.Equal((502, false, code), (heard.Status, heard.Cut, body.GetProperty("error").GetProperty("code").GetString()));
            Assert.Equal(route == CallPlan.Messages, body.TryGetProperty("request_id", out _));
        }
        Assert.All(await calls.LedgerAsync(forms.Length), l => Assert.Equal((kind, word), (l.Kind, l.Outcome)));
    }
}
