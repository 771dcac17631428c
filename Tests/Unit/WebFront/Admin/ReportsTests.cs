using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.WebFront.Admin;

/// <summary>What operators only read: quota, ledger, catalog.</summary>
public sealed class ReportsTests : AdminApiTests
{
    [Fact]
    public async Task The_quota_has_the_shape_that_tools_rely_on()
    {
        var reply = await _host.SendAsync("GET", "tenants/acme/quota");
        var expected = """
            {"tenant":"acme","openReservations":3,
             "limits":[{"scope":"tenant","kind":"requestsPerMinute","limit":600,"remaining":598,"resetsAt":"2026-03-01T12:00:12Z"}],
             "budgets":[{"scope":"tenant","window":"month","mode":"hard","limitUsd":500.0,"raisedUsd":0,"rolledOverUsd":0,"settledUsd":1.2034,"absorbedUsd":0,"heldUsd":0.01,
                         "suspenseUsd":0,"remainingUsd":498.7866,"resetsAt":null,"burnRateUsdPerHour":0,"forecastUsd":null,"exhaustsAt":null}]}
            """;
        Assert.Equal(200, reply.Status);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), reply.Json), reply.Text);
    }

    [Fact]
    public async Task The_quota_of_a_key_and_an_end_user_is_asked_for_by_name()
    {
        var key = (string)(await _host.SendAsync("POST", "tenants/acme/keys")).Json["id"]!;
        await _host.SendAsync("GET", $"tenants/acme/quota?key={key}&user=ann%20%26%20bob");
        Assert.Equal((key, "ann & bob"), _host.Grains.QuotaAsked);
        Assert.Equal("unknown-key", (await _host.SendAsync("GET", "tenants/acme/quota?key=k_00000000")).Problem);
        Assert.Equal("user", (await _host.SendAsync("GET", "tenants/acme/quota?user=")).Faults);
    }

    [Fact]
    public async Task A_ledger_entry_has_the_fields_that_tools_rely_on()
    {
        _host.Grains.Ledger.Add(Entry(17));
        var reply = await _host.SendAsync("GET", "tenants/acme/ledger");
        var expected = """
            {"entries":[{"seq":17,"at":"2026-03-01T12:00:17Z","kind":"posted","requestId":"req_17","attempt":1,"keyId":"k_12345678","user":null,"provider":"holysheep",
              "model":"gpt-4.1","inputTokens":12,"cachedInputTokens":0,"outputTokens":30,"reasoningTokens":0,"costUsd":0.000264,"absorbedUsd":0,
              "priceVersion":"2026-01-01","outcome":"ok","estimated":false}],"nextCursor":null}
            """;
        Assert.Equal(200, reply.Status);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), reply.Json), reply.Text);
    }

    [Fact]
    public async Task The_ledger_is_read_by_pages_between_two_instants()
    {
        for (var seq = 1; seq <= 9; seq++) _host.Grains.Ledger.Add(Entry(seq));
        const string path = "tenants/acme/ledger?from=2026-03-01T13:00:02%2B01:00&to=2026-03-01T12:00:08Z&limit=4";

        var first = await _host.SendAsync("GET", path);
        var second = await _host.SendAsync("GET", $"{path}&cursor={first.Json["nextCursor"]}");

        Assert.Equal("2 3 4 5|6 7", $"{Seqs(first)}|{Seqs(second)}");
        Assert.Null(second.Json["nextCursor"]);
    }

    [Theory]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2026-03-01", "from")]
    [InlineData("from=2026-03-01T00:00:00", "from")]
    [InlineData("to=2026-03-01T00:00:00+01:00", "to")]
    [InlineData("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "to")]
    [InlineData("limit=1001&from=x", "from limit")]
    [InlineData("cursor=nonsense", "cursor")]
    [InlineData("cursor=99999999999999999999", "cursor")]
    [InlineData("until=2026-03-01T00:00:00Z", "until")]
    public async Task A_wrong_parameter_is_refused_by_its_name(string query, string names)
    {
        var reply = await _host.SendAsync("GET", "tenants/acme/ledger?" + query);
        Assert.Equal(400, reply.Status);
        Assert.Equal("invalid-value", reply.Problem);
        Assert.Equal(names, reply.Faults);
    }

    [Fact]
    public async Task The_ledger_is_exported_whole_as_json_lines()
    {
        for (var seq = 1; seq <= 2345; seq++) _host.Grains.Ledger.Add(Entry(seq));
        var reply = await _host.SendAsync("GET", "tenants/acme/ledger", accept: "application/x-ndjson");
        var lines = reply.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("application/x-ndjson", reply.Headers["Content-Type"]);
        Assert.Equal(2345, lines.Length);
        Assert.Equal(2345, (int)JsonNode.Parse(lines[^1])!["seq"]!);
    }

    [Fact]
    public async Task The_ledger_is_exported_as_csv_with_quotes_where_they_are_needed()
    {
        _host.Grains.Ledger.Add(Entry(1) with { User = "ann \"a\", bob", CacheWriteTokens = 5, UpstreamCostUsd = Money.FromUsd(0.0002m) });
        var reply = await _host.SendAsync("GET", "tenants/acme/ledger", accept: "text/csv, application/json;q=0.5");
        var lines = reply.Text.Split("\r\n");
        Assert.StartsWith("text/csv", reply.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(
            "seq,at,kind,requestId,attempt,keyId,user,provider,model,inputTokens,cachedInputTokens,outputTokens,reasoningTokens,costUsd,absorbedUsd,priceVersion,outcome,estimated,"
            + "adjustmentId,scope,window,amountUsd,until,reason,actor,"
            + "cacheWriteTokens,longCacheWriteTokens,audioInputTokens,imageInputTokens,audioOutputTokens,upstreamCostUsd,costDriftUsd",
            lines[0]);
        Assert.Equal(
            "1,2026-03-01T12:00:01Z,posted,req_1,1,k_12345678,\"ann \"\"a\"\", bob\",holysheep,gpt-4.1,12,0,30,0,0.000264,0,2026-01-01,ok,false,,,,,,,,5,0,0,0,0,0.0002,-0.000064",
            lines[1]);
        Assert.Equal(["", "application/json"], new[] { lines[2], (await _host.SendAsync("GET", "tenants/acme/ledger", accept: "*/*")).Headers["Content-Type"] });
    }

    [Theory]
    [InlineData("=1+2", "'=1+2")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("=HYPERLINK(\"http://x\",\"a\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"a\"\")\"")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("a=1", "a=1")]
    [InlineData("", "")]
    public async Task A_name_that_a_spreadsheet_would_run_is_exported_as_a_text(string user, string field)
    {
        _host.Grains.Ledger.Add(Entry(1) with { User = user });
        var reply = await _host.SendAsync("GET", "tenants/acme/ledger", accept: "text/csv");
        Assert.Contains($",k_12345678,{field},holysheep,", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_that_breaks_off_does_not_end_like_a_whole_one()
    {
        for (var seq = 1; seq <= 1500; seq++) _host.Grains.Ledger.Add(Entry(seq));
        _host.Grains.FailLedgerAfter = 999;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _host.SendAsync("GET", "tenants/acme/ledger", accept: "text/csv"));
    }

    [Fact]
    public async Task An_export_ends_where_the_ledger_ended_when_it_began()
    {
        for (var seq = 1; seq <= 1500; seq++) _host.Grains.Ledger.Add(Entry(seq));
        _host.Grains.BeforeLedgerPage = () =>
        {
            // Every page read lets more come in than it took.
            if (_host.Grains.Ledger.Count > 20_000) throw new InvalidOperationException("The export runs after a ledger that grows.");
            for (var i = 0; i < 1200; i++) _host.Grains.Ledger.Add(Entry(_host.Grains.Ledger.Count + 1));
        };

        var reply = await _host.SendAsync("GET", "tenants/acme/ledger", accept: "application/x-ndjson");

        // Those that came before the first page was read are there, and none after.
        var seqs = reply.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (int)JsonNode.Parse(line)!["seq"]!);
        Assert.Equal(Enumerable.Range(1, 2700), seqs);
    }

    [Fact]
    public async Task An_export_has_no_pages() =>
        Assert.Equal("cursor limit", (await _host.SendAsync("GET", "tenants/acme/ledger?limit=5&cursor=1", accept: "text/csv")).Faults);

    [Fact]
    public async Task The_catalog_shows_models_prices_and_aliases_in_a_stable_order()
    {
        var reply = await _host.SendAsync("GET", "catalog");
        Assert.Equal(200, reply.Status);
        Assert.Equal("\"2026-01-01%20seed\"", reply.ETag);
        Assert.Equal("2026-01-01 seed", (string?)reply.Json["version"]);
        Assert.Equal(
            "claude-sonnet-4.5 deepseek-v3.2 gemini-2.5-flash gpt-4.1 text-embedding-3-small",
            string.Join(' ', reply.Json["models"]!.AsArray().Select(model => (string?)model!["id"])));
        Assert.Equal(
            """[{"version":"2026-01-01","effectiveFrom":"2026-01-01T00:00:00Z","inputUsdPerMillion":2,"outputUsdPerMillion":8,"cachedInputUsdPerMillion":null}]""",
            reply.Json["models"]![3]!["prices"]!.ToJsonString());
        Assert.Equal("""{"gpt-best":"gpt-4.1"}""", reply.Json["aliases"]!.ToJsonString());
    }

    private static string Seqs(FakeAdminReply reply) => string.Join(' ', reply.Json["entries"]!.AsArray().Select(entry => (int)entry!["seq"]!));

    private LedgerEntry Entry(int seq) => new()
    {
        Seq = seq,
        At = _host.Time.GetUtcNow().AddSeconds(seq),
        Kind = LedgerEntryKind.Posted,
        RequestId = $"req_{seq}",
        Attempt = 1,
        KeyId = "k_12345678",
        Provider = "holysheep",
        Model = "gpt-4.1",
        InputTokens = 12,
        OutputTokens = 30,
        CostUsd = Money.FromUsd(0.000264m),
        PriceVersion = "2026-01-01",
        Outcome = "ok",
    };
}
