using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;
using static OrleansGateway.Tests.TestKit.BookedUsage;

namespace OrleansGateway.Tests.Unit.WebFront.Admin;

public sealed class UsageApiTests : IAsyncLifetime
{
    private const string Path = "tenants/acme/usage";

    private FakeAdminHost _host = null!;

    private InMemoryBook Book => _host.Grains.Books;

    public async ValueTask InitializeAsync()
    {
        _host = await FakeAdminHost.StartAsync();
        await _host.SendAsync("POST", "tenants", """{"id":"acme","timeZone":"Europe/Berlin"}""");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Usage_has_the_shape_that_tools_rely_on()
    {
        await Book.AppendAsync("acme",
            Posted("2026-03-28T23:30:00Z", usd: 0.000264m, user: "ann"),
            Posted("2026-03-29T12:00:00Z", usd: 1.5m) with { Absorbed = Money.FromUsd(0.25m), Estimated = true },
            new BookEntry.Adjusted
            {
                At = new DateTimeOffset(2026, 3, 29, 12, 10, 0, TimeSpan.Zero),
                Adjustment = new Adjustment { Id = "r", Kind = AdjustmentKind.Refund, AmountUsd = Money.FromUsd(0.5m), Reason = "sorry" },
            });
        var reply = await _host.SendAsync("GET", $"{Path}?groupBy=user,day&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00%2B02:00");
        const string Expected = """
            {"tenant":"acme","from":"2026-03-01T00:00:00Z","to":"2026-03-31T22:00:00Z","groupBy":["day","user"],"rows":[
              {"day":"2026-03-29T00:00:00+01:00","user":null,"requests":1,"inputTokens":100,"cachedInputTokens":10,"outputTokens":20,"reasoningTokens":5,"costUsd":1.0,"absorbedUsd":0.25,"adjustedUsd":-0.5,"estimated":1,"estimatedUsd":1.75},
              {"day":"2026-03-29T00:00:00+01:00","user":"ann","requests":1,"inputTokens":100,"cachedInputTokens":10,"outputTokens":20,"reasoningTokens":5,"costUsd":0.000264,"absorbedUsd":0,"adjustedUsd":0,"estimated":0,"estimatedUsd":0}],
             "total":{"requests":2,"inputTokens":200,"cachedInputTokens":20,"outputTokens":40,"reasoningTokens":10,"costUsd":1.000264,"absorbedUsd":0.25,"adjustedUsd":-0.5,"estimated":1,"estimatedUsd":1.75},
             "nextCursor":null}
            """;
        Assert.Equal(200, reply.Status);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Expected), reply.Json), reply.Text);
    }

    [Fact]
    public async Task Without_a_range_it_is_the_month_under_way_in_the_tenants_zone()
    {
        await Book.AppendAsync("acme", Posted("2026-02-28T22:59:59Z"), Posted("2026-02-28T23:00:00Z"), Posted("2026-03-01T11:59:59Z"));
        var reply = await _host.SendAsync("GET", Path);
        Assert.Equal(("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z", 2), ((string)reply.Json["from"]!, (string)reply.Json["to"]!, (int)reply.Json["total"]!["requests"]!));
        Assert.Equal(2, (int)Assert.Single(reply.Json["rows"]!.AsArray())!["requests"]!);
    }

    [Fact]
    public async Task Days_of_23_and_25_hours_and_hours_that_come_twice_are_told_apart()
    {
        for (var hour = 0; hour < 48; hour++) await Book.AppendAsync("acme", Posted(new DateTimeOffset(2026, 10, 24, 22, 0, 0, TimeSpan.Zero).AddHours(hour).ToString("O")));
        var days = await _host.SendAsync("GET", $"{Path}?groupBy=day&from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z");
        Assert.Equal("2026-10-25T00:00:00+02:00 25, 2026-10-26T00:00:00+01:00 23", string.Join(", ", days.Json["rows"]!.AsArray().Select(r => $"{r!["day"]} {r["requests"]}")));
        var hours = await _host.SendAsync("GET", $"{Path}?groupBy=hour&from=2026-10-25T00:00:00Z&to=2026-10-25T02:00:00Z");
        Assert.Equal("2026-10-25T02:00:00+02:00, 2026-10-25T02:00:00+01:00", string.Join(", ", hours.Json["rows"]!.AsArray().Select(r => (string)r!["hour"]!)));
    }

    [Fact]
    public async Task Pages_agree_with_each_other_and_a_new_question_has_what_was_booked_since()
    {
        for (var i = 0; i < 5; i++) await Book.AppendAsync("acme", Posted("2026-03-01T10:00:00Z", user: $"user-{i}"));
        var first = await _host.SendAsync("GET", $"{Path}?groupBy=user&limit=2");
        await Book.AppendAsync("acme", Posted("2026-03-01T10:00:00Z", user: "user-2"));
        var second = await _host.SendAsync("GET", $"{Path}?groupBy=user&limit=2&cursor={first.Json["nextCursor"]}");
        var third = await _host.SendAsync("GET", $"{Path}?groupBy=user&limit=2&cursor={second.Json["nextCursor"]}");
        Assert.Equal("user-0 1,user-1 1|user-2 1,user-3 1|user-4 1", $"{Users(first)}|{Users(second)}|{Users(third)}");
        Assert.Equal((5, null), ((int)third.Json["total"]!["requests"]!, third.Json["nextCursor"]));

        _host.Time.Advance(TimeSpan.FromMinutes(2));
        var later = await _host.SendAsync("GET", $"{Path}?groupBy=user&limit=2&cursor={first.Json["nextCursor"]}");
        Assert.Equal("user-2 2,user-3 1", Users(later));

        static string Users(FakeAdminReply reply) => string.Join(',', reply.Json["rows"]!.AsArray().Select(r => $"{r!["user"]} {r["requests"]}"));
    }

    [Fact]
    public async Task An_export_has_all_rows_as_csv_or_a_line_each()
    {
        await Book.AppendAsync("acme", Posted("2026-03-01T10:00:00Z", user: "=1+1, \"x\""), Posted("2026-03-01T11:00:00Z"));
        var csv = await _host.SendAsync("GET", $"{Path}?groupBy=hour,model,key,user", accept: "text/csv");
        Assert.Equal("text/csv; charset=utf-8; header=present", csv.Headers["Content-Type"]);
        Assert.Equal(
            """"
            hour,day,model,key,user,requests,inputTokens,cachedInputTokens,outputTokens,reasoningTokens,costUsd,absorbedUsd,adjustedUsd,estimated,estimatedUsd,cacheWriteTokens,longCacheWriteTokens,audioInputTokens,imageInputTokens,audioOutputTokens
            2026-03-01T11:00:00+01:00,,gpt-4.1,k_00000001,"'=1+1, ""x""",1,100,10,20,5,0.01,0,0,0,0,0,0,0,0,0
            2026-03-01T12:00:00+01:00,,gpt-4.1,k_00000001,,1,100,10,20,5,0.01,0,0,0,0,0,0,0,0,0

            """".ReplaceLineEndings("\r\n"),
            csv.Text);
        var lines = await _host.SendAsync("GET", $"{Path}?groupBy=user", accept: "application/x-ndjson");
        Assert.Equal([null, "=1+1, \"x\""], lines.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string?)JsonNode.Parse(line)!["user"]));
    }

    [Fact]
    public async Task While_a_long_book_is_read_for_the_first_time_the_answer_says_how_far_it_is_and_goes_on()
    {
        _host.Grains.Usage.Reads = TimeSpan.FromTicks(-1);
        await Book.AppendAsync("acme", Posted("2026-03-01T10:00:00Z"), Posted("2026-03-01T10:00:01Z"));
        var first = await _host.SendAsync("GET", Path);
        Assert.Equal((503, "unavailable"), (first.Status, first.Problem));
        Assert.Contains("1 of 2 entries", first.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await _host.SendAsync("GET", Path)).Status);
    }

    [Fact]
    public async Task A_range_is_widened_to_whole_quarters_of_an_hour_and_the_answer_says_to_which()
    {
        await Book.AppendAsync("acme", Posted("2026-03-01T09:59:59Z"), Posted("2026-03-01T10:00:00Z"), Posted("2026-03-01T10:29:59Z"), Posted("2026-03-01T10:30:00Z"));

        var reply = await _host.SendAsync("GET", $"{Path}?from=2026-03-01T10:07:00Z&to=2026-03-01T10:16:00.0000001Z");
        var aligned = await _host.SendAsync("GET", $"{Path}?from=2026-03-01T10:00:00Z&to=2026-03-01T10:30:00Z");
        var late = await _host.SendAsync("GET", $"{Path}?from=9999-12-31T23:50:00Z&to=9999-12-31T23:59:59Z");

        Assert.Equal(("2026-03-01T10:00:00Z", "2026-03-01T10:30:00Z", 2), ((string?)reply.Json["from"], (string?)reply.Json["to"], (int)reply.Json["total"]!["requests"]!));
        Assert.Equal(aligned.Text, reply.Text);
        Assert.Equal(200, late.Status);
    }

    [Theory]
    [InlineData("to=2026-03-01&groupBy=week", "to groupBy")]
    [InlineData("groupBy=", "groupBy")]
    [InlineData("groupBy=day,,model", "groupBy")]
    [InlineData("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "to")]
    [InlineData("from=2027-03-02T00:00:00Z", "to")]
    [InlineData("cursor=nonsense", "cursor")]
    [InlineData("cursor=bnVsbA", "cursor")]
    [InlineData("cursor=e30", "cursor")]
    [InlineData("cursor=eyJGcm9tIjoiMjAyNi0wMy0wMVQwMDowMDowMFoiLCJUbyI6IjIwMjYtMDQtMDFUMDA6MDA6MDBaIiwiR3JvdXBCeSI6MCwiQWZ0ZXIiOm51bGx9", "cursor")]
    [InlineData("limit=0&until=x", "until limit")]
    public async Task A_wrong_parameter_is_refused_by_its_name(string query, string names)
    {
        var reply = await _host.SendAsync("GET", $"{Path}?{query}");
        Assert.Equal((400, names), (reply.Status, reply.Faults));
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_own_question_only()
    {
        await Book.AppendAsync("acme", Posted("2026-03-01T10:00:00Z", user: "a"), Posted("2026-03-01T10:00:00Z", user: "b"));
        var cursor = (await _host.SendAsync("GET", $"{Path}?groupBy=user&limit=1")).Json["nextCursor"];
        Assert.Equal("cursor", (await _host.SendAsync("GET", $"{Path}?groupBy=model&limit=1&cursor={cursor}")).Faults);
        Assert.Equal("cursor", (await _host.SendAsync("GET", $"{Path}?groupBy=user&limit=1&from=2026-03-01T00:00:00Z&cursor={cursor}")).Faults);
        Assert.Equal("cursor limit", (await _host.SendAsync("GET", $"{Path}?groupBy=user&limit=1&cursor={cursor}", accept: "text/csv")).Faults);
    }

    [Fact]
    public async Task Only_a_tenant_that_exists_has_usage() => Assert.Equal("unknown-tenant", (await _host.SendAsync("GET", "tenants/nobody/usage")).Problem);
}
