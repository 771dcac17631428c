using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.WebFront.Admin;

public sealed class AdminEndpointsTests : AdminApiTests
{
    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "nothing")]
    [InlineData("POST", "tenants/acme/keys/k_12345678/spin")]
    [InlineData("GET", "index.html")]
    public async Task An_unknown_address_is_a_problem(string method, string path)
    {
        var reply = await _host.SendAsync(method, path);
        Assert.Equal(404, reply.Status);
        Assert.Equal("unknown-route", reply.Problem);
    }

    [Theory]
    [InlineData("PUT", "tenants", "GET, POST")]
    [InlineData("POST", "tenants/acme", "GET, PATCH, DELETE")]
    [InlineData("DELETE", "tenants/acme/keys", "GET, POST")]
    [InlineData("PUT", "tenants/acme/keys/k_12345678", "GET, PATCH, DELETE")]
    [InlineData("GET", "tenants/acme/keys/k_12345678/rotate", "POST")]
    [InlineData("POST", "tenants/acme/quota", "GET")]
    [InlineData("DELETE", "tenants/acme/ledger", "GET")]
    [InlineData("POST", "catalog", "GET, PUT")]
    public async Task A_wrong_method_is_a_problem_that_names_the_right_ones(string method, string path, string allow)
    {
        var reply = await _host.SendAsync(method, path);
        Assert.Equal(405, reply.Status);
        Assert.Equal("method-not-allowed", reply.Problem);
        Assert.Equal(allow, reply.Headers["Allow"]);
    }

    [Theory]
    [InlineData("tenants", """{"id":"beta"}""")]
    [InlineData("tenants/acme/keys", "{}")]
    [InlineData("tenants/acme/holds/req_1/1/resolve", """{"as":"void","reason":"x"}""")]
    [InlineData("tenants/acme/book/recovery", """{"action":"recheck"}""")]
    [InlineData("tenants/acme/webhooks/test", null)]
    [InlineData("tenants/acme/webhooks/deliveries/dlv_1/redeliver", null)]
    [InlineData("tenants/acme/reconciliations", "[]")]
    [InlineData("reconciliations", "[]")]
    public async Task A_version_is_refused_where_nothing_has_one_that_could_be_named(string path, string? body)
    {
        foreach (var ifMatch in new[] { "\"v1\"", "*" })
        {
            var reply = await _host.SendAsync("POST", path, body, ifMatch);
            Assert.Equal((400, "If-Match"), (reply.Status, reply.Faults));
        }
    }

    [Theory]
    [InlineData("POST", "tenants/acme/webhooks/test", 409)]
    [InlineData("POST", "tenants/acme/webhooks/deliveries/dlv_1/redeliver", 404)]
    [InlineData("DELETE", "tenants/acme/users/ann", 500)] // There is no such grain here.
    [InlineData("DELETE", "tenants/acme", 200)]
    [InlineData("DELETE", "tenants/acme/keys/{key}", 200)]
    public async Task A_body_is_refused_where_none_is_taken_and_an_empty_one_is_not(string method, string path, int status)
    {
        path = path.Replace("{key}", (string)(await _host.SendAsync("POST", "tenants/acme/keys")).Json["id"]!, StringComparison.Ordinal);

        var refused = await _host.SendAsync(method, path, """{"x":1}""");

        Assert.Equal((400, "x"), (refused.Status, refused.Faults));
        Assert.Equal((TenantStatus.Active, null), (_host.Grains["acme"].Record.Policy.Status, Assert.Single(_host.Grains["acme"].Keys).RevokedAt));
        foreach (var body in new[] { null, "", "{}" }) Assert.Equal(status, (await _host.SendAsync(method, path, body)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("{'id':'a'}")]
    [InlineData("""{"id":"a",}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"id":"a","name":"\ud800"}""")]
    [InlineData("""{"id":"a","\udc00":1}""")]
    public async Task A_body_that_is_no_json_object_is_refused(string body)
    {
        var reply = await _host.SendAsync("POST", "tenants", Encoding.UTF8.GetBytes(body));
        Assert.Equal(400, reply.Status);
        Assert.Equal("invalid-json", reply.Problem);
    }

    [Fact]
    public async Task A_body_that_is_no_utf8_or_nested_too_deep_is_refused()
    {
        Assert.Equal("invalid-json", (await _host.SendAsync("POST", "tenants", [.. "{\"id\":\""u8, 0xC3, 0x28, .. "\"}"u8])).Problem);
        Assert.Equal("invalid-json", (await _host.SendAsync("POST", "tenants", "{\"id\":" + new string('[', 40) + new string(']', 40) + "}")).Problem);
        Assert.Equal("invalid-json", (await _host.SendAsync("POST", "tenants", "{\"id\":" + new string('[', 30_000))).Problem);
    }

    [Theory]
    [InlineData("POST", "tenants", "text/plain")]
    [InlineData("POST", "tenants", "application/merge-patch+json")]
    [InlineData("POST", "tenants", "application/json; charset=utf-16")]
    [InlineData("POST", "tenants", null)]
    [InlineData("PATCH", "tenants/acme", "application/json-patch+json")]
    public async Task A_body_of_another_media_type_is_refused(string method, string path, string? contentType)
    {
        var reply = await _host.SendAsync(method, path, """{"id":"acme"}"""u8.ToArray(), contentType: contentType);
        Assert.Equal(415, reply.Status);
        Assert.Equal("unsupported-media-type", reply.Problem);
        Assert.Equal(method == "PATCH", reply.Headers.ContainsKey("Accept-Patch"));
    }

    [Fact]
    public async Task The_media_type_may_name_its_charset() =>
        Assert.Equal(201, (await _host.SendAsync("POST", "tenants", """{"id":"b"}""", contentType: "Application/JSON; charset=UTF-8")).Status);

    [Fact]
    public async Task A_body_of_64_KiB_is_taken_and_one_byte_more_is_too_large()
    {
        var fits = """{"id":"b"}""".PadRight(64 * 1024);
        Assert.Equal(201, (await _host.SendAsync("POST", "tenants", fits)).Status);
        var reply = await _host.SendAsync("POST", "tenants", fits + " ");
        Assert.Equal(413, reply.Status);
        Assert.Equal("request-too-large", reply.Problem);
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_too_large_likewise()
    {
        using var content = new StreamContent(new MemoryStream(new byte[200_000]));
        using var request = new HttpRequestMessage(HttpMethod.Post, "tenants") { Content = content };
        request.Headers.TransferEncodingChunked = true;
        using var response = await _host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(413, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("tenants", "ffffffffffffffff")]
    [InlineData("tenants", "7fffffffffffffff")]
    [InlineData("reconciliations", "ffffffffffffffff")]
    public async Task A_chunk_whose_size_is_none_is_the_callers_fault(string path, string size)
    {
        using var caller = new RawCaller(_host.Client.BaseAddress!);
        await caller.SendAsync(
            $"POST {_host.Client.BaseAddress!.AbsolutePath}{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n");
        var told = await caller.ReadAsync(400);
        Assert.Contains("Content-Type: application/problem+json", told, StringComparison.Ordinal);
        Assert.Contains("urn:orleansgateway:problem:invalid-json", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "tenants/acme", null)]
    [InlineData("POST", "tenants", """{"id":"b"}""")]
    [InlineData("PATCH", "tenants/acme", """{"name":"x"}""")]
    [InlineData("GET", "catalog", null)]
    [InlineData("GET", "tenants/acme/ledger", null)]
    public async Task A_store_or_cluster_that_does_not_answer_is_unavailable(string method, string path, string? body)
    {
        foreach (var (failure, problem) in new (Exception, string)[]
        {
            (new StoreUnavailableException("the disk at /secret"), "store-unavailable"),
            (new StaleActivationException("silo 10.0.0.7"), "unavailable"),
            (new TimeoutException("silo 10.0.0.7"), "unavailable"),
            (new Orleans.Runtime.SiloUnavailableException("silo 10.0.0.7"), "unavailable"),
        })
        {
            _host.Grains.Failure = failure;
            var reply = await _host.SendAsync(method, path, body);
            Assert.Equal(503, reply.Status);
            Assert.Equal(problem, reply.Problem);
            // Whoever read has changed nothing.
            var inDoubt = method != "GET" && failure is not StaleActivationException;
            Assert.Equal(inDoubt, reply.Text.Contains("A change may or may not have been booked.", StringComparison.Ordinal));
            Assert.InRange(int.Parse(reply.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture), 1, 60);
            Assert.DoesNotContain(failure.Message, reply.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_unforeseen_failure_is_logged_and_its_text_stays_inside()
    {
        _host.Grains.Failure = new InvalidOperationException("row 17 is odd");
        var reply = await _host.SendAsync("GET", "tenants/acme");
        Assert.Equal(500, reply.Status);
        Assert.Equal("internal-error", reply.Problem);
        Assert.DoesNotContain("row 17", reply.Text, StringComparison.Ordinal);
        Assert.Contains(_host.Log, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("row 17", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("POST", "tenants", 401)]
    [InlineData("GET", "tenants/acme", 401)]
    [InlineData("PUT", "tenants", 401)]
    [InlineData("GET", "nothing", 401)]
    public async Task A_filter_that_the_host_adds_guards_every_address_before_the_body_is_read(string method, string path, int status)
    {
        await using var guarded = await FakeAdminHost.StartAsync(denyAll: true);
        Assert.Equal(status, (await guarded.SendAsync(method, path, method == "POST" ? "{ not json" : null)).Status);
    }
}
