using System.Text;
using OrleansGateway.Tests.TestKit;
using static OrleansGateway.Tests.TestKit.BookedUsage;

namespace OrleansGateway.Tests.Unit.WebFront.Admin.Reconciliations;

/// <summary>A provider's usage compared with the books, and put right where the difference is one tenant's.</summary>
public sealed class ReconciliationsApiTests : IAsyncLifetime
{
    private const string OfAcme = "tenants/acme/reconciliations";
    private const string OfAll = "reconciliations";

    private FakeAdminHost _host = null!;

    private InMemoryBook Book => _host.Grains.Books;

    public async ValueTask InitializeAsync()
    {
        _host = await FakeAdminHost.StartAsync();
        await _host.SendAsync("POST", "tenants", """{"id":"acme"}""");
        await _host.SendAsync("POST", "tenants", """{"id":"beta"}""");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task An_invoice_over_all_tenants_is_compared_by_utc_day_and_model()
    {
        await Book.AppendAsync("acme", Posted("2026-02-27T23:59:59Z", usd: 0.25m), Posted("2026-02-28T00:00:00Z", usd: 0.5m));
        await Book.AppendAsync(
            "beta",
            Posted("2026-02-27T10:00:00Z", usd: 0.5m) with { Absorbed = Money.FromUsd(0.25m), Estimated = true },
            Posted("2026-02-27T10:00:00Z", model: "deepseek-v3.2", usd: 9));

        var reply = await _host.SendAsync(
            "POST", OfAll,
            "date,model,input_tokens,cost_usd\n2026-02-27,gpt-best,200,1.00\n2026-02-28,gpt-4.1,90,0.75\n2026-02-28,unheard-of,1,0.01\n",
            contentType: "text/csv");

        Assert.Equal(200, reply.Status);
        Assert.Equal(
            "2026-02-27 gpt-4.1 equal 1/0.75+0.25 diff 0|2026-02-28 gpt-4.1 drift 0.75/0.5+0 diff 0.25|2026-02-28 unheard-of onlyProvider 0.01/+ diff 0.01",
            string.Join('|', reply.Json["days"]!.AsArray().Select(d =>
                $"{d!["day"]} {d["model"]} {d["verdict"]} "
                + $"{d["provider"]!["costUsd"]}/{d["gateway"]?["costUsd"]}+{d["gateway"]?["absorbedUsd"]} diff {d["difference"]!["costUsd"]}")));
        Assert.Equal(
            (0.75m, 1, -10),
            ((decimal)reply.Json["days"]![0]!["gateway"]!["estimatedUsd"]!,
                (int)reply.Json["days"]![0]!["gateway"]!["estimated"]!,
                (int)reply.Json["days"]![1]!["difference"]!["inputTokens"]!));
        Assert.Equal(("drift", 0), ((string)reply.Json["verdict"]!, reply.Json["corrections"]!.AsArray().Count));
        Assert.Contains("belong to no tenant", (string)reply.Json["notes"]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_providers_name_its_whole_usage_is_compared_also_what_it_does_not_mention()
    {
        await Book.AppendAsync(
            "acme",
            Posted("2026-02-27T10:00:00Z"),
            Posted("2026-02-27T10:00:00Z", model: "deepseek-v3.2"),
            Posted("2026-02-27T10:00:00Z", model: "gemini-2.5-flash") with { Provider = "other" });
        const string Rows = """[{"date":"2026-02-27","model":"gpt-4.1","costUsd":0.01}]""";
        Assert.Equal("gpt-4.1 equal", Verdicts(await _host.SendAsync("POST", OfAll, Rows)));
        Assert.Equal("deepseek-v3.2 onlyGateway,gpt-4.1 equal", Verdicts(await _host.SendAsync("POST", $"{OfAll}?provider=holysheep", Rows)));
        Assert.Equal("deepseek-v3.2 onlyGateway,gpt-4.1 equal", Verdicts(await _host.SendAsync("POST", $"{OfAll}?provider=holysheep&post=true", Rows)));
    }

    [Fact]
    public async Task A_provider_that_nobody_knows_is_refused_for_all_of_its_file_would_be_charged_once_more()
    {
        await Book.AppendAsync("acme", Posted("2026-02-27T10:00:00Z", usd: 0.5m) with { Provider = "gone" });
        const string Csv = "date,model,cost\n2026-02-27,gpt-4.1,0.50\n";

        var mistyped = await _host.SendAsync("POST", $"{OfAcme}?provider=holyshep&post=true", Csv, contentType: "text/csv");
        Assert.Equal((400, "provider"), (mistyped.Status, mistyped.Faults));
        Assert.EndsWith("There are gone, holysheep.", (string)mistyped.Json["detail"]!, StringComparison.Ordinal);
        Assert.Equal("gpt-4.1 equal", Verdicts(await _host.SendAsync("POST", $"{OfAcme}?provider=gone&post=true", Csv, contentType: "text/csv")));
        Assert.Empty(_host.Grains["acme"].Adjustments);
    }

    [Fact]
    public async Task Two_providers_invoices_for_one_model_are_corrected_apart()
    {
        await Book.AppendAsync("acme", Posted("2026-02-27T10:00:00Z", usd: 0.5m), Posted("2026-02-27T10:00:00Z", "req_2", usd: 0.25m) with { Provider = "other" });
        async Task<string> SendAsync(string provider, string usd)
        {
            var reply = await _host.SendAsync("POST", $"{OfAcme}?provider={provider}&post=true", $"date,model,cost\n2026-02-27,gpt-4.1,{usd}\n", contentType: "text/csv");
            return string.Join(',', reply.Json["corrections"]!.AsArray().Select(c => $"{c!["id"]} {c["provider"]} {c["amountUsd"]} {c["state"]}"));
        }

        Assert.Equal("reconciled:2026-02-27:gpt-4.1@holysheep:1 holysheep 0.25 booked", await SendAsync("holysheep", "0.75"));
        Assert.Equal("reconciled:2026-02-27:gpt-4.1@other:1 other 0.05 booked", await SendAsync("other", "0.30"));
        Assert.Equal("", await SendAsync("holysheep", "0.75") + await SendAsync("other", "0.30"));
        Assert.Equal("reconciled:2026-02-27:gpt-4.1@other:2 other -0.05 booked", await SendAsync("other", "0.25"));
    }

    [Fact]
    public async Task A_day_that_several_providers_served_is_corrected_only_when_the_file_is_said_to_be_of_one()
    {
        await Book.AppendAsync("acme", Posted("2026-02-27T10:00:00Z", usd: 0.5m), Posted("2026-02-27T10:00:00Z", "req_2", usd: 0.25m) with { Provider = "other" });
        const string Csv = "date,model,cost\n2026-02-27,gpt-4.1,0.80\n";

        var compared = await _host.SendAsync("POST", OfAcme, Csv, contentType: "text/csv");
        Assert.Equal(("gpt-4.1 drift", 0), (Verdicts(compared), compared.Json["corrections"]!.AsArray().Count));
        Assert.Contains("gpt-4.1 on 2026-02-27 (holysheep, other)", (string)compared.Json["notes"]![0]!, StringComparison.Ordinal);
        Assert.Equal("provider", (await _host.SendAsync("POST", $"{OfAcme}?post=true", Csv, contentType: "text/csv")).Faults);
        Assert.Empty(_host.Grains["acme"].Adjustments);
    }

    [Fact]
    public async Task What_was_corrected_before_providers_were_told_apart_is_not_corrected_again()
    {
        var before = new Adjustment
        {
            Id = "reconciled:2026-02-27:gpt-4.1:1",
            Kind = AdjustmentKind.Correction,
            AmountUsd = Money.FromUsd(0.25m),
            Reason = "before",
            Reconciles = new ReconciledUsage(new DateOnly(2026, 2, 27), "gpt-4.1"),
        };
        await Book.AppendAsync(
            "acme",
            Posted("2026-02-27T10:00:00Z", usd: 0.5m),
            new BookEntry.Adjusted { At = DateTimeOffset.Parse("2026-02-28T10:00:00Z", System.Globalization.CultureInfo.InvariantCulture), Adjustment = before });
        const string Csv = "date,model,cost\n2026-02-27,gpt-4.1,0.75\n";

        foreach (var query in new[] { "", "&provider=holysheep" })
            Assert.Equal("gpt-4.1 equal", Verdicts(await _host.SendAsync("POST", $"{OfAcme}?post=true{query}", Csv, contentType: "text/csv")));
        Assert.Equal(
            "reconciled:2026-02-27:gpt-4.1:2",
            (string)(await _host.SendAsync("POST", $"{OfAcme}?provider=holysheep", Csv.Replace("0.75", "0.80", StringComparison.Ordinal), contentType: "text/csv"))
                .Json["corrections"]![0]!["id"]!);

        // With a second provider nobody knows whose bill it was.
        await Book.AppendAsync("acme", Posted("2026-02-27T10:00:00Z", "req_2") with { Provider = "other" });
        var unclear = await _host.SendAsync("POST", $"{OfAcme}?provider=holysheep&post=true", Csv, contentType: "text/csv");
        Assert.Equal("gpt-4.1 drift", Verdicts(unclear));
        Assert.Contains("without a word of whose bill it was", (string)unclear.Json["notes"]![0]!, StringComparison.Ordinal);
        Assert.Empty(_host.Grains["acme"].Adjustments);
    }

    [Theory]
    [InlineData("", "Of 1 requests another provider than that of the file has a part: put their differences right by adjustments. req_both (holysheep, other).")]
    [InlineData(
        "&provider=holysheep",
        "Of 2 requests another provider than that of the file has a part: put their differences right by adjustments. req_both (holysheep, other); req_other (other).")]
    public async Task A_request_that_another_provider_served_as_well_is_left_to_an_adjustment(string query, string left)
    {
        await Book.AppendAsync(
            "acme",
            Posted("2026-02-27T10:00:00Z", "req_both", 0.5m),
            Posted("2026-02-27T10:00:01Z", "req_both", 0.25m, attempt: 2) with { Provider = "other" },
            Posted("2026-02-27T10:00:01Z", "req_other", 0.25m) with { Provider = "other" },
            Posted("2026-02-27T10:00:00Z", "req_own", 0.25m));
        const string Rows = """
            [{"date":"2026-02-27","model":"gpt-4.1","requestId":"req_both","costUsd":0.4},{"date":"2026-02-27","model":"gpt-4.1","requestId":"req_other","costUsd":0.4},
             {"date":"2026-02-27","model":"gpt-4.1","requestId":"req_own","costUsd":0.4}]
            """;

        var reply = await _host.SendAsync("POST", $"{OfAll}?post=true{query}", Rows);

        Assert.Contains(left, reply.Json["notes"]!.AsArray().Select(note => (string)note!));
        Assert.Contains(
            "req_own holysheep 0.15",
            string.Join(',', reply.Json["corrections"]!.AsArray().Select(c => $"{c!["requestId"]} {c["provider"]} {c["amountUsd"]}")),
            StringComparison.Ordinal);
        Assert.Equal(query.Length == 0 ? 2 : 1, _host.Grains["acme"].Adjustments.Count);
    }

    [Fact]
    public async Task A_tenants_drift_is_proposed_then_booked_once_however_often_the_file_is_sent()
    {
        await Book.AppendAsync("acme", Posted("2026-02-27T10:00:00Z", usd: 0.5m));
        const string Csv = "date,model,cost_usd\n2026-02-27,gpt-4.1,0.75\n";

        var proposed = await _host.SendAsync("POST", OfAcme, Csv, contentType: "text/csv");
        Assert.Equal(("proposed", 0.25m, false), (State(proposed), (decimal)proposed.Json["corrections"]![0]!["amountUsd"]!, (bool)proposed.Json["posted"]!));
        Assert.Empty(_host.Grains["acme"].Adjustments);

        var booked = await _host.SendAsync("POST", $"{OfAcme}?post=true&actor=ann", Csv, contentType: "text/csv");
        Assert.Equal(("booked", true), (State(booked), (bool)booked.Json["posted"]!));
        var adjustment = Assert.Single(_host.Grains["acme"].Adjustments.Values);
        Assert.Equal(
            (AdjustmentKind.Correction, Money.FromUsd(0.25m), "ann", "gpt-4.1",
                new ReconciledUsage(new DateOnly(2026, 2, 27), "gpt-4.1") { Provider = "holysheep" }),
            (adjustment.Kind, adjustment.AmountUsd, adjustment.Actor, adjustment.Model, adjustment.Reconciles!));
        Assert.Contains((string)booked.Json["id"]!, adjustment.Reason, StringComparison.Ordinal);

        var again = await _host.SendAsync("POST", $"{OfAcme}?post=true&actor=ann", Csv, contentType: "text/csv");
        Assert.Equal(
            (booked.Json["id"]!.ToString(), "gpt-4.1 equal", 0.25m, 0),
            (again.Json["id"]!.ToString(), Verdicts(again),
                (decimal)again.Json["days"]![0]!["gateway"]!["correctedUsd"]!,
                again.Json["corrections"]!.AsArray().Count));

        // The provider's corrected file changes only what is still missing.
        var other = await _host.SendAsync("POST", $"{OfAcme}?post=true", Csv.Replace("0.75", "0.70", StringComparison.Ordinal), contentType: "text/csv");
        Assert.Equal(("booked", -0.05m), (State(other), (decimal)other.Json["corrections"]![0]!["amountUsd"]!));
        Assert.Equal(2, _host.Grains["acme"].Adjustments.Count);
    }

    [Fact]
    public async Task Of_two_reconciliations_at_once_the_second_books_nothing_on_top_of_what_it_did_not_see()
    {
        await Book.AppendAsync("acme", Posted("2026-02-27T10:00:00Z", usd: 0.5m));
        _host.Grains["acme"].Adjustments["reconciled:2026-02-27:gpt-4.1:1"] = new Adjustment
        {
            Id = "reconciled:2026-02-27:gpt-4.1:1",
            Kind = AdjustmentKind.Correction,
            AmountUsd = Money.FromUsd(1),
            Reason = "just now",
        };
        var reply = await _host.SendAsync("POST", $"{OfAcme}?post=true", "date,model,cost\n2026-02-27,gpt-4.1,0.75\n", contentType: "text/csv");
        Assert.Equal("conflict", State(reply));
        Assert.Single(_host.Grains["acme"].Adjustments);
    }

    [Fact]
    public async Task Requests_named_by_id_are_found_in_whichever_book_has_them_and_corrected_there()
    {
        await Book.AppendAsync("acme", Posted("2026-02-27T10:00:00Z", "req_a", 0.5m), Posted("2026-02-27T10:00:00Z", "req_same", 0.1m));
        await Book.AppendAsync("beta", Posted("2026-02-28T00:00:10Z", "req_b", 0.5m));
        const string Lines = """
            {"date":"2026-02-27","model":"gpt-4.1","request_id":"req_a","cost_usd":0.45}
            {"date":"2026-02-27T23:59:59Z","model":"gpt-4.1","request_id":"req_b","cost_usd":0.625}
            {"date":"2026-02-27","model":"gpt-4.1","request_id":"req_same","cost_usd":0.1}
            {"date":"2026-02-27","model":"gpt-4.1","request_id":"req_nobody","cost_usd":0.2}
            """;
        var reply = await _host.SendAsync("POST", $"{OfAll}?post=true", Lines, contentType: "application/x-ndjson");
        Assert.Equal(
            "req_a acme drift,req_b beta drift,req_nobody  onlyProvider",
            string.Join(',', reply.Json["requests"]!.AsArray().Select(r => $"{r!["requestId"]} {r["tenant"]} {r["verdict"]}")));
        Assert.Equal(4, (int)reply.Json["requestsCompared"]!);
        Assert.Equal("acme -0.05 booked,beta 0.125 booked", string.Join(',', reply.Json["corrections"]!.AsArray().Select(c => $"{c!["tenant"]} {c["amountUsd"]} {c["state"]}")));
        Assert.Equal("req_b", Assert.Single(_host.Grains["beta"].Adjustments.Values).RequestId);

        var again = await _host.SendAsync("POST", $"{OfAll}?post=true", Lines, contentType: "application/x-ndjson");
        Assert.Equal("req_nobody", string.Join(',', again.Json["requests"]!.AsArray().Select(r => $"{r!["requestId"]}")));
        Assert.Empty(again.Json["corrections"]!.AsArray());
        Assert.Single(_host.Grains["acme"].Adjustments);
    }

    [Fact]
    public async Task A_request_in_suspense_is_to_be_resolved_not_corrected()
    {
        await Book.AppendAsync(
            "acme",
            Suspended("2026-02-27T10:00:00Z", "req_a", 0.5m),
            Posted("2026-02-27T10:00:01Z", "req_a", 0.1m, attempt: 2),
            Suspended("2026-02-27T10:00:00Z", "req_gone", 0.5m),
            Posted("2026-02-27T11:00:01Z", "req_gone", 0.2m));
        var byId = await _host.SendAsync(
            "POST", $"{OfAll}?post=true",
            """[{"date":"2026-02-27","model":"gpt-4.1","requestId":"req_a","costUsd":0.3},{"date":"2026-02-27","model":"gpt-4.1","requestId":"req_gone","costUsd":0.2}]""");
        var request = Assert.Single(byId.Json["requests"]!.AsArray())!;
        Assert.Equal(("suspense", "/admin/v1/tenants/acme/holds/req_a/1/resolve"), ((string)request["verdict"]!, (string)request["resolve"]![0]!));

        var byDay = await _host.SendAsync("POST", $"{OfAcme}?post=true", "date,model,cost\n2026-02-27,gpt-4.1,0.50\n", contentType: "text/csv");
        Assert.Equal(("gpt-4.1 suspense", 0.5m), (Verdicts(byDay), (decimal)byDay.Json["days"]![0]!["gateway"]!["suspenseUsd"]!));
        Assert.Empty(_host.Grains["acme"].Adjustments);
    }

    [Fact]
    public async Task What_the_provider_rounds_away_is_no_drift_and_a_day_under_way_is_not_corrected()
    {
        await Book.AppendAsync("acme", Posted("2026-02-27T10:00:00Z", usd: 0.504m), Posted("2026-03-01T10:00:00Z", usd: 0.5m));
        var reply = await _host.SendAsync("POST", $"{OfAcme}?post=true", "date,model,cost\n2026-02-27,gpt-4.1,0.50\n2026-03-01,gpt-4.1,0.75\n", contentType: "text/csv");
        Assert.Equal("gpt-4.1 equal,gpt-4.1 underWay", Verdicts(reply));
        Assert.Empty(_host.Grains["acme"].Adjustments);
    }

    [Fact]
    public async Task Rows_that_cannot_be_read_are_named_and_keep_everything_from_being_booked()
    {
        await Book.AppendAsync("acme", Posted("2026-02-27T10:00:00Z", usd: 0.5m));
        const string Csv =
            "\uFEFF\"Date\",\"Model Name\",note,cost\r\n"
            + "2026-02-27,gpt-4.1,\"two\r\nlines, \"\"quoted\"\"\",0.75\r\n\r\n2026-02-30,gpt-4.1,,1\r\n2026-02-27,gpt-4.1,,=1+1\r\n2026-02-27,gpt-4.1,,\r\n2026-02-27,gpt-4.1\r\n";
        var reply = await _host.SendAsync("POST", $"{OfAcme}?post=true", Csv, contentType: "text/csv; charset=utf-8");
        Assert.Equal((200, 1, 4, false), (reply.Status, (int)reply.Json["rows"]!, (int)reply.Json["unreadCount"]!, (bool)reply.Json["posted"]!));
        Assert.Equal("5 6 7 8", string.Join(' ', reply.Json["unread"]!.AsArray().Select(u => (int)u!["line"]!)));
        Assert.Equal(["date", "costUsd", "has", "has"], reply.Json["unread"]!.AsArray().Select(u => ((string)u!["reason"]!).Split(' ')[0]));
        Assert.Equal("proposed", State(reply));
        Assert.Empty(_host.Grains["acme"].Adjustments);
    }

    [Theory]
    [InlineData("text/csv", "model,cost\nx,1\n", "invalid-value")]
    [InlineData("text/csv", "date,model,cost,cost_usd\n", "invalid-value")]
    [InlineData("text/csv", "", "invalid-value")]
    [InlineData("text/csv", "date,model,cost\n", "invalid-value")]
    [InlineData("text/csv", "date,model,cost\n2024-01-01,x,1\n2026-01-01,x,1\n", "invalid-value")]
    [InlineData("application/json", "{}", "invalid-value")]
    [InlineData("application/json", "[{\"date\":\"2026-01-01\",", "invalid-value")]
    [InlineData("application/json", "[{\"date\":\"2026-01-01\",\"date\":\"2026-01-01\"}]", "invalid-value")]
    [InlineData("application/json", "[{\"date\":\"\\ud800\",\"model\":\"x\"}]", "invalid-value")]
    [InlineData("application/x-ndjson", "nonsense", "invalid-value")]
    [InlineData("application/xml", "<a/>", "unsupported-media-type")]
    [InlineData("text/csv; charset=utf-16", "date", "unsupported-media-type")]
    public async Task An_upload_of_another_form_is_refused(string type, string body, string problem) =>
        Assert.Equal(problem, (await _host.SendAsync("POST", OfAll, body, contentType: type)).Problem);

    [Fact]
    public async Task An_upload_is_bounded_in_bytes_rows_and_fields_and_must_be_utf8()
    {
        Assert.Equal("request-too-large", (await _host.SendAsync("POST", OfAll, new byte[(10 * 1024 * 1024) + 1], contentType: "text/csv")).Problem);
        var rows = new StringBuilder("date,model,cost\n").Insert(16, "2026-02-27,x,1\n", 100_001);
        Assert.Equal("request-too-large", (await _host.SendAsync("POST", OfAll, rows.ToString(), contentType: "text/csv")).Problem);
        Assert.Equal("invalid-value", (await _host.SendAsync("POST", OfAll, "date,model,cost\n2026-02-27,\"" + new string('x', 20_000) + "\n", contentType: "text/csv")).Problem);
        Assert.Equal("invalid-value", (await _host.SendAsync("POST", OfAll, [.. "date,model,cost\n2026-02-27,"u8, 0xff, .. ",1\n"u8], contentType: "text/csv")).Problem);
    }

    [Theory]
    [InlineData("post=yes", "post")]
    [InlineData("actor=&tenant=acme", "actor tenant")]
    public async Task A_wrong_parameter_is_refused_by_its_name(string query, string names) =>
        Assert.Equal(names, (await _host.SendAsync("POST", $"{OfAll}?{query}", "[]")).Faults);

    [Fact]
    public async Task Only_a_tenant_that_exists_is_reconciled_and_only_by_POST()
    {
        Assert.Equal("unknown-tenant", (await _host.SendAsync("POST", "tenants/nobody/reconciliations", "[]")).Problem);
        Assert.Equal(405, (await _host.SendAsync("GET", OfAll)).Status);
    }

    private static string Verdicts(FakeAdminReply reply) => string.Join(',', reply.Json["days"]!.AsArray().Select(d => $"{d!["model"]} {d["verdict"]}"));

    private static string State(FakeAdminReply reply) => (string)Assert.Single(reply.Json["corrections"]!.AsArray())!["state"]!;
}
