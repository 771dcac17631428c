using System.Net;
using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

/// <summary>What callers of the two younger doors are told, over a socket.</summary>
public sealed class MessagesEndpointTests
{
    private const string Body = """{"model":"claude-sonnet-4.5","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}""";
    private const string Answer = """{"id":"msg_1","type":"message","content":[{"type":"text","text":"Hello"}],"usage":{"input_tokens":3,"output_tokens":1}}""";
    private const string Event =
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0}\n\nevent: x\ndata: {\"type\":\"x\",\"sequence_number\": 41}\n\n";

    [Theory]
    [InlineData(true, false, 200)]
    [InlineData(false, true, 200)]
    [InlineData(true, true, 200)]
    [InlineData(false, false, 401)]
    public async Task A_key_comes_in_either_header(bool bearer, bool bare, int status)
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Pool.OnComplete = (_, _) => Task.FromResult<ProviderAnswer>(FakeProviderGrain.Completed(Answer));
        front.Client.DefaultRequestHeaders.Authorization = bearer ? front.Client.DefaultRequestHeaders.Authorization : null;
        if (bare) front.Client.DefaultRequestHeaders.Add("x-api-key", front.Secret);
        using var response = await front.PostAsync("/v1/messages", Body);
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 200) Assert.Equal(Answer, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Two_different_keys_are_none_and_elsewhere_a_bare_key_is_not_looked_at()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Client.DefaultRequestHeaders.Add("x-api-key", front.Secret + "x");
        using var two = await front.PostAsync("/v1/messages", Body);
        Assert.Equal(HttpStatusCode.Unauthorized, two.StatusCode);
        using var chat = await front.PostAsync("/v1/chat/completions", Body);
        Assert.Equal(HttpStatusCode.OK, chat.StatusCode);
        front.Client.DefaultRequestHeaders.Authorization = null;
        using var none = await front.PostAsync("/v1/chat/completions", Body);
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
    }

    [Fact]
    public async Task The_version_goes_along_and_what_is_reserved_is_a_message()
    {
        await using var front = await FrontHarness.StartAsync();
        front.Client.DefaultRequestHeaders.Add("anthropic-version", "2024-10-22");
        front.Grains.Pool.OnComplete = (_, _) => Task.FromResult<ProviderAnswer>(FakeProviderGrain.Completed(Answer));
        using var response = await front.PostAsync("/v1/messages", Body);
        Assert.Equal("0.000264", response.Headers.GetValues("x-gateway-cost-usd").Single());
        Assert.Equal((UpstreamApi.Messages, "2024-10-22"), (front.Grains.Pool.Requests.Single().Api, front.Grains.Pool.Requests.Single().ApiVersion));
        Assert.Equal((UpstreamApi.Messages, 9), (front.Grains.Tenant.Reserved.Single().Api, front.Grains.Tenant.Reserved.Single().OutputTokens));
    }

    [Fact]
    public async Task Refusals_are_in_Anthropics_shape_with_the_gateways_code_beside()
    {
        await using var front = await FrontHarness.StartAsync();
        using var wrong = await front.PostAsync("/v1/messages", "{}");
        var id = wrong.Headers.GetValues("x-request-id").Single();
        Assert.Equal(
            $$"""{"type":"error","error":{"type":"invalid_request_error","message":"'messages' is missing: give an array of messages.","param":"messages","code":"invalid_value"},"request_id":"{{id}}"}""",
            await wrong.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        using var method = await front.GetAsync("/v1/messages");
        Assert.Equal((405, "invalid_request_error"), ((int)method.StatusCode, await TypeAsync(method)));
        front.Grains.Tenant.Decide = _ => new ReservationOutcome.Suspended();
        using var suspended = await front.PostAsync("/v1/messages", Body);
        Assert.Equal((403, "permission_error"), ((int)suspended.StatusCode, await TypeAsync(suspended)));
        front.Grains.Tenant.Decide = _ => new ReservationOutcome.ApiNotOffered("gpt-4.1", [UpstreamApi.Chat, UpstreamApi.Responses]);
        using var elsewhere = await front.PostAsync("/v1/messages", Body);
        var error = (await FrontHarness.JsonAsync(elsewhere)).GetProperty("error");
        Assert.Equal(
            (404, "not_found_error", "model_not_found", "model"),
            ((int)elsewhere.StatusCode, error.GetProperty("type").GetString(),
                error.GetProperty("code").GetString(),
                error.GetProperty("param").GetString()));
        Assert.Contains("Use POST /v1/chat/completions or POST /v1/responses", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UpstreamFailureKind.RateLimited, 503, "overloaded_error")]
    [InlineData(UpstreamFailureKind.Timeout, 504, "timeout_error")]
    [InlineData(UpstreamFailureKind.Error, 502, "api_error")]
    [InlineData(UpstreamFailureKind.RequestRejected, 400, "invalid_request_error")]
    [InlineData(UpstreamFailureKind.BudgetSpent, 429, "billing_error")]
    public async Task Failures_have_the_type_of_their_status(UpstreamFailureKind kind, int status, string type)
    {
        await using var front = await FrontHarness.StartAsync();
        front.Grains.Pool.OnComplete = (_, _) => Task.FromResult<ProviderAnswer>(FakeProviderGrain.Failed(kind));
        using var response = await front.PostAsync("/v1/messages", Body);
        Assert.Equal((status, type), ((int)response.StatusCode, await TypeAsync(response)));
    }

    [Fact]
    public async Task A_stream_of_a_response_that_breaks_ends_with_the_next_numbered_error_event_and_a_cut_connection()
    {
        await using var front = await FrontHarness.StartAsync();
        Break(front);
        using var response = await front.PostAsync("/v1/responses", """{"model":"gpt-4.1","input":"Hi","stream":true}""");
        var text = await ReadUntilCutAsync(response);
        Assert.StartsWith(Event + "event: error\ndata: {\"type\":\"error\",\"code\":\"upstream_error\",\"message\":\"", text, StringComparison.Ordinal);
        Assert.Contains("\"param\":null,\"sequence_number\":42,\"error\":{\"message\":", text, StringComparison.Ordinal);
        Assert.EndsWith("}}\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_of_a_message_that_breaks_ends_with_an_error_event_and_a_cut_connection()
    {
        await using var front = await FrontHarness.StartAsync();
        Break(front);
        using var response = await front.PostAsync("/v1/messages", Body[..^1] + ",\"stream\":true}");
        var text = await ReadUntilCutAsync(response);
        Assert.StartsWith(Event + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"", text, StringComparison.Ordinal);
        Assert.EndsWith($"\"code\":\"upstream_error\"}},\"request_id\":\"{response.Headers.GetValues("x-request-id").Single()}\"}}\n\n", text, StringComparison.Ordinal);
    }

    private static void Break(FrontHarness front) => front.Grains.Pool.OnStream = async (_, _, sink) =>
    {
        await sink.Push(0, FakeProviderGrain.Head, Encoding.UTF8.GetBytes(Event));
        return FakeProviderGrain.Failed(UpstreamFailureKind.Error, begun: true);
    };

    private static async Task<string?> TypeAsync(HttpResponseMessage response) => (await FrontHarness.JsonAsync(response)).GetProperty("error").GetProperty("type").GetString();

    private static async Task<string> ReadUntilCutAsync(HttpResponseMessage response)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var bytes = new MemoryStream();
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(bytes, TestContext.Current.CancellationToken));
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
