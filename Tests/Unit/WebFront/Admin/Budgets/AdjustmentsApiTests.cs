using System.Text.Json.Nodes;

namespace OrleansGateway.Tests.Unit.WebFront.Admin;

public sealed class AdjustmentsApiTests : AdminApiTests
{
    private const string Path = "tenants/acme/adjustments";

    [Fact]
    public async Task An_adjustment_is_answered_as_booked_and_logged()
    {
        var reply = await _host.SendAsync("POST", Path, """
            {"id":"2026-03 acme","kind":"raise","scope":"key:k_12345678","window":"rolling:30d","amountUsd":12.5,"until":"2026-04-01T02:00:00+02:00","reason":"launch week","actor":"ann",
             "requestId":"req_1","model":"gpt-4.1"}
            """);

        Assert.Equal(201, reply.Status);
        var expected = """
            {"id":"2026-03 acme","kind":"raise","scope":"key:k_12345678","window":"rolling:30d","amountUsd":12.5,"until":"2026-04-01T00:00:00Z","reason":"launch week","actor":"ann",
             "requestId":"req_1","model":"gpt-4.1","at":"2026-03-01T12:00:00Z"}
            """;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), reply.Json), reply.Text);
        Assert.Contains(_host.Log, line =>
            line.Contains("admin_adjustment", StringComparison.Ordinal)
            && line.Contains("12.5", StringComparison.Ordinal)
            && line.Contains("by ann", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_id_and_content_gets_the_same_answer_and_other_content_a_conflict()
    {
        const string Refund = """{"id":"r-1","kind":"refund","amountUsd":2,"reason":"outage"}""";
        var first = await _host.SendAsync("POST", Path, Refund);
        _host.Time.Advance(TimeSpan.FromHours(1));

        var again = await _host.SendAsync("POST", Path, Refund);
        var other = await _host.SendAsync("POST", Path, Refund.Replace("2", "3", StringComparison.Ordinal));

        Assert.Equal((201, first.Text), (again.Status, again.Text));
        Assert.Equal((409, "conflict"), (other.Status, other.Problem));
    }

    [Fact]
    public async Task An_adjustment_asks_for_the_tenants_version_that_If_Match_names_and_returns_it()
    {
        const string Refund = """{"kind":"refund","amountUsd":2,"reason":"outage"}""";
        Assert.Equal("\"v1\"", (await _host.SendAsync("POST", Path, Refund)).ETag);
        await _host.SendAsync("PATCH", "tenants/acme", """{"name":"x"}""");

        var stale = await _host.SendAsync("POST", Path, Refund, "\"v1\"");
        var right = await _host.SendAsync("POST", Path, Refund, "\"v2\"");
        _host.Grains.Meanwhile = tenant => tenant.Record = tenant.Record with { Version = 3 };
        var overtaken = await _host.SendAsync("POST", Path, Refund, "\"v2\"");

        Assert.Equal((412, "stale-version", 201, "\"v2\"", 412), (stale.Status, stale.Problem, right.Status, right.ETag, overtaken.Status));
        Assert.Equal(2, _host.Grains["acme"].Adjustments.Count);
    }

    [Fact]
    public async Task Without_an_id_each_call_books_anew()
    {
        const string Refund = """{"kind":"refund","amountUsd":2,"reason":"outage"}""";
        var ids = new[] { await _host.SendAsync("POST", Path, Refund), await _host.SendAsync("POST", Path, Refund) }.Select(reply => (string)reply.Json["id"]!).ToList();
        Assert.NotEqual(ids[0], ids[1]);
    }

    [Theory]
    [InlineData("{}", "kind amountUsd reason")]
    [InlineData("""{"kind":"gift","amountUsd":"1","reason":1}""", "kind amountUsd reason")]
    [InlineData("""{"kind":"refund","amountUsd":1,"reason":"x","at":"2026-01-01T00:00:00Z","note":""}""", "at note")]
    [InlineData("""{"kind":"raise","amountUsd":1,"reason":"x","window":"rolling:0d","until":"tomorrow"}""", "window until")]
    [InlineData("""{"kind":"refund","amountUsd":1,"reason":"wrong"}""", "reason")]
    public async Task Every_wrong_field_is_named(string body, string faults) => Assert.Equal(faults, (await _host.SendAsync("POST", Path, body)).Faults);

    [Fact]
    public async Task Only_a_tenant_that_exists_is_adjusted_and_only_by_POST()
    {
        Assert.Equal("unknown-tenant", (await _host.SendAsync("POST", "tenants/nobody/adjustments", "{}")).Problem);
        Assert.Equal(405, (await _host.SendAsync("GET", Path)).Status);
    }
}
