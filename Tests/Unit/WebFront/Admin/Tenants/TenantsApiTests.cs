using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.WebFront.Admin;

public sealed class TenantsApiTests : IAsyncLifetime
{
    private const string Acme = """
        {
          "id": "acme", "name": "Acme Inc", "status": "active", "timeZone": "Europe/Berlin",
          "limits": { "requestsPerMinute": 600, "tokensPerMinute": 200000, "concurrentRequests": 50 },
          "budgets": [ { "window": "month", "limitUsd": 500.00, "mode": "hard", "alertAt": [0.5, 0.8, 1.0] },
                       { "window": "day", "limitUsd": 40.00, "mode": "soft", "alertAt": [1.0] } ],
          "models": { "allow": ["gpt-4.1", "deepseek-*"], "default": "gpt-4.1",
                      "fallbacks": { "gpt-4.1": ["claude-sonnet-4.5", "deepseek-v3.2"] } },
          "endUserDefaults": { "limits": { "requestsPerMinute": 20 }, "budgets": [ { "window": "day", "limitUsd": 1.00, "mode": "hard", "alertAt": [] } ] },
          "webhooks": [ { "url": "https://hooks.example/acme", "events": ["budget.threshold"] } ],
          "routing": { "weight": 3 }
        }
        """;

    private FakeAdminHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await FakeAdminHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_new_tenant_is_answered_with_all_that_was_sent_its_address_and_its_version()
    {
        var reply = await _host.SendAsync("POST", "tenants", Acme);

        Assert.Equal(201, reply.Status);
        Assert.Equal("/admin/v1/tenants/acme", reply.Headers["Location"]);
        Assert.Equal("\"v1\"", reply.ETag);
        Assert.Equal("no-store", reply.Headers["Cache-Control"]);
        var expected = JsonNode.Parse(Acme)!.AsObject();
        expected["createdAt"] = "2026-03-01T12:00:00Z";
        expected["updatedAt"] = "2026-03-01T12:00:00Z";
        Assert.True(JsonNode.DeepEquals(expected, reply.Json), reply.Text);
        Assert.Equal(["id", "name", "status", "timeZone", "limits", "budgets", "models", "endUserDefaults", "webhooks", "routing", "createdAt", "updatedAt"], Names(reply.Json));
    }

    [Fact]
    public async Task A_tenant_of_nothing_but_an_id_has_the_defaults()
    {
        var reply = await _host.SendAsync("POST", "tenants", """{"id":"a"}""");

        var expected = """
            {"id":"a","name":"","status":"active","timeZone":"UTC","limits":{},"budgets":[],"models":{"allow":[],"default":null,"fallbacks":{}},
             "endUserDefaults":null,"webhooks":[],"routing":{"weight":1},"createdAt":"2026-03-01T12:00:00Z","updatedAt":"2026-03-01T12:00:00Z"}
            """;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), reply.Json), reply.Text);
    }

    [Fact]
    public async Task A_second_tenant_of_the_same_id_is_a_conflict()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        var reply = await _host.SendAsync("POST", "tenants", """{"id":"acme"}""");
        Assert.Equal(409, reply.Status);
        Assert.Equal("tenant-exists", reply.Problem);
    }

    [Theory]
    [InlineData("""{}""", "id")]
    [InlineData("""{"id":null}""", "id")]
    [InlineData("""{"id":7}""", "id")]
    [InlineData("""{"id":"Acme"}""", "id")]
    [InlineData("""{"id":"a","id":"b"}""", "id")]
    [InlineData("""{"id":"a","Name":"x"}""", "Name")]
    [InlineData("""{"id":"a","color":"red"}""", "color")]
    [InlineData("""{"id":"a","webhooks":{}}""", "webhooks")]
    [InlineData("""{"id":"a","routing":{"weight":0}}""", "routing.weight")]
    [InlineData("""{"id":"a","routing":{"weight":"3"}}""", "routing.weight")]
    [InlineData("""{"id":"a","routing":{"priority":3}}""", "routing.priority")]
    [InlineData("""{"id":"a","webhooks":[{"url":"http://example.com","events":[]}]}""", "webhooks[0].url webhooks[0].events")]
    [InlineData("""{"id":"a","webhooks":[{"url":"https://example.com","secret":7}]}""", "webhooks[0].secret webhooks[0].events")]
    [InlineData("""{"id":"a","budgets":[{"window":"day","limitUsd":0.00000000000000000000000000000000000001}]}""", "budgets[0].limitUsd")]
    [InlineData("""{"id":"a","budgets":[{"window":"day","limitUsd":1,"alertAt":[1.00000000000000000000000000000000000001]}]}""", "budgets[0].alertAt[0]")]
    [InlineData("""{"id":"a","createdAt":"2026-01-01T00:00:00Z"}""", "createdAt")]
    [InlineData("""{"id":"a","status":"Active"}""", "status")]
    [InlineData("""{"id":"a","status":0}""", "status")]
    [InlineData("""{"id":"a","status":"active,suspended"}""", "status")]
    [InlineData("""{"id":"a","limits":null}""", "limits")]
    [InlineData("""{"id":"a","limits":{"requestsPerMinute":"600"}}""", "limits.requestsPerMinute")]
    [InlineData("""{"id":"a","limits":{"requestsPerMinute":1.5,"tokensPerMinute":1e40}}""", "limits.requestsPerMinute limits.tokensPerMinute")]
    [InlineData("""{"id":"a","limits":{"requestsPerHour":1}}""", "limits.requestsPerHour")]
    [InlineData("""{"id":"a","limits":{"requestsPerMinute":-1}}""", "limits.requestsPerMinute")]
    [InlineData("""{"id":"a","budgets":{}}""", "budgets")]
    [InlineData("""{"id":"a","budgets":[null]}""", "budgets[0]")]
    [InlineData("""{"id":"a","budgets":[{}]}""", "budgets[0].window budgets[0].limitUsd")]
    [InlineData("""{"id":"a","budgets":[{"window":"rolling:0d","limitUsd":"1"}]}""", "budgets[0].window budgets[0].limitUsd")]
    [InlineData("""{"id":"a","budgets":[{"window":"day","limitUsd":0.0000000001}]}""", "budgets[0].limitUsd")]
    [InlineData("""{"id":"a","budgets":[{"window":"day","limitUsd":9e9}]}""", "budgets[0].limitUsd")]
    [InlineData("""{"id":"a","budgets":[{"window":"day","limitUsd":1,"limitUsd":2}]}""", "budgets[0].limitUsd")]
    [InlineData("""{"id":"a","budgets":[{"window":"day","limitUsd":1},{"window":"day","limitUsd":1}]}""", "budgets[1].window")]
    [InlineData("""{"id":"a","models":{"allow":[null,1,"gpt-9"]}}""", "models.allow[0] models.allow[1]")]
    [InlineData("""{"id":"a","models":{"allow":["gpt-9"]}}""", "models.allow[0]")]
    [InlineData("""{"id":"a","models":{"fallbacks":{"gpt-4.1":"gpt-9"}}}""", "models.fallbacks['gpt-4.1']")]
    [InlineData("""{"id":"a","models":{"fallbacks":{"gpt-4.1":null}}}""", "models.fallbacks['gpt-4.1']")]
    [InlineData("""{"id":"a","timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("""{"id":"a","endUserDefaults":{"models":{}}}""", "endUserDefaults.models")]
    public async Task A_wrong_field_is_refused_by_its_path(string body, string paths)
    {
        var reply = await _host.SendAsync("POST", "tenants", body);
        Assert.Equal(400, reply.Status);
        Assert.Equal("invalid-value", reply.Problem);
        Assert.Equal(paths, reply.Faults);
        Assert.DoesNotContain("System.", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("OrleansGateway.", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhooks_are_shown_as_they_were_written()
    {
        var reply = await _host.SendAsync("POST", "tenants", """{"id":"a","webhooks":[{"url":"https://example.com/hook","events":["budget.threshold"]}]}""");
        Assert.Equal(201, reply.Status);
        Assert.Equal("""[{"url":"https://example.com/hook","events":["budget.threshold"]}]""", reply.Json["webhooks"]!.ToJsonString());
    }

    [Fact]
    public async Task Tenants_are_listed_by_pages_in_the_order_of_their_ids()
    {
        foreach (var id in new[] { "c", "a", "e", "b", "d" }) await _host.SendAsync("POST", "tenants", $$"""{"id":"{{id}}"}""");

        var first = await _host.SendAsync("GET", "tenants?limit=2");
        var second = await _host.SendAsync("GET", $"tenants?limit=2&cursor={first.Json["nextCursor"]}");
        var third = await _host.SendAsync("GET", $"tenants?limit=2&cursor={second.Json["nextCursor"]}");

        Assert.Equal("a b|c d|e", string.Join('|', new[] { first, second, third }.Select(Ids)));
        Assert.Null(third.Json["nextCursor"]);
        Assert.True(third.Json.AsObject().ContainsKey("nextCursor"));
        Assert.Equal("a b c d e", Ids(await _host.SendAsync("GET", "tenants")));
        Assert.Null((await _host.SendAsync("GET", "tenants?limit=5")).Json["nextCursor"]);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=%2B5", "limit")]
    [InlineData("limit=x&cursor=A", "cursor limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("cursor=", "cursor")]
    [InlineData("page=2", "page")]
    public async Task A_wrong_parameter_is_refused_by_its_name(string query, string names)
    {
        var reply = await _host.SendAsync("GET", "tenants?" + query);
        Assert.Equal(400, reply.Status);
        Assert.Equal("invalid-value", reply.Problem);
        Assert.Equal(names, reply.Faults);
    }

    [Fact]
    public async Task A_tenant_is_read_with_its_version()
    {
        var opened = await _host.SendAsync("POST", "tenants", Acme);
        var reply = await _host.SendAsync("GET", "tenants/acme");
        Assert.Equal(200, reply.Status);
        Assert.Equal("\"v1\"", reply.ETag);
        Assert.Equal(opened.Text, reply.Text);
    }

    [Theory]
    [InlineData("GET", "tenants/nobody")]
    [InlineData("PATCH", "tenants/nobody")]
    [InlineData("DELETE", "tenants/nobody")]
    [InlineData("GET", "tenants/nobody/keys")]
    [InlineData("POST", "tenants/nobody/keys")]
    [InlineData("GET", "tenants/nobody/keys/k_12345678")]
    [InlineData("PATCH", "tenants/nobody/keys/k_12345678")]
    [InlineData("DELETE", "tenants/nobody/keys/k_12345678")]
    [InlineData("POST", "tenants/nobody/keys/k_12345678/rotate")]
    [InlineData("GET", "tenants/nobody/quota")]
    [InlineData("GET", "tenants/nobody/ledger")]
    public async Task An_unknown_tenant_is_not_found_on_every_route(string method, string path)
    {
        var reply = await _host.SendAsync(method, path, method is "PATCH" or "POST" ? "{}" : null);
        Assert.Equal(404, reply.Status);
        Assert.Equal("unknown-tenant", reply.Problem);
    }

    [Fact]
    public async Task Text_that_cannot_be_an_id_reaches_no_grain()
    {
        Assert.Equal("unknown-tenant", (await _host.SendAsync("GET", "tenants/A%2F..%7B")).Problem);
        Assert.Equal("unknown-tenant", (await _host.SendAsync("DELETE", "tenants/" + new string('a', 64))).Problem);
        Assert.Equal(0, _host.Grains.CallsToUnknownTenants);
    }

    [Fact]
    public async Task A_patch_changes_what_it_names_and_leaves_the_rest()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        var reply = await _host.SendAsync(
            "PATCH", "tenants/acme",
            """{"limits":{"requestsPerMinute":700},"models":{"fallbacks":{"deepseek-v3.2":["gemini-2.5-flash"]}}}""",
            contentType: "application/merge-patch+json");

        var expected = JsonNode.Parse(Acme)!.AsObject();
        expected["limits"]!["requestsPerMinute"] = 700;
        expected["models"]!["fallbacks"]!["deepseek-v3.2"] = new JsonArray("gemini-2.5-flash");
        expected["createdAt"] = "2026-03-01T12:00:00Z";
        expected["updatedAt"] = "2026-03-01T12:01:00Z";
        Assert.Equal(200, reply.Status);
        Assert.Equal("\"v2\"", reply.ETag);
        Assert.True(JsonNode.DeepEquals(expected, reply.Json), reply.Text);
    }

    [Fact]
    public async Task Null_in_a_patch_resets_to_the_default()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        var reply = await _host.SendAsync("PATCH", "tenants/acme", """
            {"name":null,"timeZone":null,"budgets":null,"limits":{"tokensPerMinute":null},"models":{"allow":null,"default":null,"fallbacks":{"gpt-4.1":null}},"endUserDefaults":null,"routing":null}
            """);
        Assert.Equal(200, reply.Status);
        var tenant = reply.Json;
        Assert.Equal("", (string?)tenant["name"]);
        Assert.Equal("UTC", (string?)tenant["timeZone"]);
        Assert.Empty(tenant["budgets"]!.AsArray());
        Assert.Equal("requestsPerMinute concurrentRequests", string.Join(' ', Names(tenant["limits"]!)));
        Assert.Equal("""{"allow":[],"default":null,"fallbacks":{}}""", tenant["models"]!.ToJsonString());
        Assert.Null(tenant["endUserDefaults"]);
        Assert.Equal("""{"weight":1}""", tenant["routing"]!.ToJsonString());
    }

    [Fact]
    public async Task A_list_in_a_patch_replaces_the_list()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        var reply = await _host.SendAsync("PATCH", "tenants/acme", """{"budgets":[{"window":"week","limitUsd":0.000000001}]}""");
        Assert.Equal("""[{"window":"week","limitUsd":0.000000001,"mode":"hard","alertAt":[]}]""", reply.Json["budgets"]!.ToJsonString());
    }

    [Fact]
    public async Task A_patch_may_fill_what_was_null()
    {
        await _host.SendAsync("POST", "tenants", """{"id":"a"}""");
        var reply = await _host.SendAsync("PATCH", "tenants/a", """{"endUserDefaults":{"limits":{"requestsPerMinute":20,"tokensPerMinute":null}}}""");
        Assert.Equal("""{"limits":{"requestsPerMinute":20},"budgets":[]}""", reply.Json["endUserDefaults"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"webhooks":[null]}""", "webhooks[0]")]
    [InlineData("""{"routing":{"weight":101}}""", "routing.weight")]
    [InlineData("""{"colour":null}""", "colour")]
    [InlineData("""{"limits":{"requestsPerHour":null}}""", "limits.requestsPerHour")]
    [InlineData("""{"createdAt":"2026-03-01T12:00:00Z","updatedAt":null}""", "createdAt updatedAt")]
    [InlineData("""{"id":"other"}""", "id")]
    [InlineData("""{"id":null}""", "id")]
    [InlineData("""{"budgets":[{"window":"day","limitUsd":null}]}""", "budgets[0].limitUsd")]
    [InlineData("""{"limits":7}""", "limits")]
    [InlineData("""{"models":{"default":"gpt-9"}}""", "models.default")]
    public async Task A_patch_with_a_wrong_field_is_refused_by_its_path_and_changes_nothing(string patch, string paths)
    {
        await _host.SendAsync("POST", "tenants", Acme);
        var reply = await _host.SendAsync("PATCH", "tenants/acme", patch);
        Assert.Equal(400, reply.Status);
        Assert.Equal(paths, reply.Faults);
        Assert.Equal("\"v1\"", (await _host.SendAsync("GET", "tenants/acme")).ETag);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"id":"acme","status":"active"}""")]
    [InlineData("""{"limits":{"requestsPerMinute":600},"budgets":[{"window":"month","limitUsd":500,"mode":"hard","alertAt":[0.5,0.80,1]},{"window":"day","limitUsd":4e1,"mode":"soft","alertAt":[1]}]}""")]
    public async Task A_patch_that_changes_nothing_makes_no_version(string patch)
    {
        await _host.SendAsync("POST", "tenants", Acme);
        var reply = await _host.SendAsync("PATCH", "tenants/acme", patch);
        Assert.Equal(200, reply.Status);
        Assert.Equal("\"v1\"", reply.ETag);
    }

    [Theory]
    [InlineData("\"v1\"", 200)]
    [InlineData("*", 200)]
    [InlineData("\"v9\", \"v1\"", 200)]
    [InlineData("\"v2\"", 412)]
    [InlineData("W/\"v1\"", 412)]
    [InlineData("\"1\"", 412)]
    [InlineData("v1", 400)]
    public async Task A_change_asks_for_the_version_that_If_Match_names(string ifMatch, int status)
    {
        foreach (var (method, body) in new[] { ("PATCH", """{"name":"x"}"""), ("DELETE", (string?)null) })
        {
            var id = method == "PATCH" ? "a" : "b";
            await _host.SendAsync("POST", "tenants", $$"""{"id":"{{id}}"}""");
            var reply = await _host.SendAsync(method, $"tenants/{id}", body, ifMatch);
            Assert.Equal(status, reply.Status);
            if (status == 412) Assert.Equal("stale-version", reply.Problem);
            if (status == 400) Assert.Equal("If-Match", reply.Faults);
            Assert.Equal(status == 200 ? "\"v2\"" : "\"v1\"", (await _host.SendAsync("GET", $"tenants/{id}")).ETag);
        }
    }

    [Fact]
    public async Task A_tenant_whose_models_left_the_catalog_can_be_changed_and_suspended()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        _host.Grains.Catalog = _host.Grains.Catalog with { Models = _host.Grains.Catalog.Models.Remove("gpt-4.1") };

        Assert.Equal(200, (await _host.SendAsync("PATCH", "tenants/acme", """{"name":"New"}""")).Status);
        var suspended = await _host.SendAsync("DELETE", "tenants/acme");
        Assert.Equal((200, "suspended"), (suspended.Status, (string?)suspended.Json["status"]));
        Assert.Equal("models.allow[1]", (await _host.SendAsync("PATCH", "tenants/acme", """{"models":{"allow":["gpt-4.1","gpt-9"]}}""")).Faults);
    }

    [Fact]
    public async Task Two_patches_of_different_fields_at_once_both_last()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        OnceMeanwhile(tenant => tenant.Record = tenant.Record with { Policy = tenant.Record.Policy with { TimeZone = "Asia/Tokyo" }, Version = 2 });

        var reply = await _host.SendAsync("PATCH", "tenants/acme", """{"name":"New"}""");

        Assert.Equal(200, reply.Status);
        Assert.Equal("\"v3\"", reply.ETag);
        Assert.Equal("New Asia/Tokyo", $"{reply.Json["name"]} {reply.Json["timeZone"]}");
    }

    [Fact]
    public async Task A_patch_with_If_Match_that_loses_a_race_is_stale()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        OnceMeanwhile(tenant => tenant.Record = tenant.Record with { Version = 2 });
        var reply = await _host.SendAsync("PATCH", "tenants/acme", """{"name":"New"}""", "\"v1\"");
        Assert.Equal(412, reply.Status);
        Assert.Equal("stale-version", reply.Problem);
    }

    [Fact]
    public async Task A_tenant_that_never_stands_still_is_a_conflict_in_the_end()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        _host.Grains.Meanwhile = tenant => tenant.Record = tenant.Record with { Version = tenant.Record.Version + 1 };
        var reply = await _host.SendAsync("PATCH", "tenants/acme", """{"name":"New"}""");
        Assert.Equal(409, reply.Status);
        Assert.Equal("conflict", reply.Problem);
    }

    [Fact]
    public async Task A_deleted_tenant_is_suspended_kept_and_can_be_made_active_again()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        var deleted = await _host.SendAsync("DELETE", "tenants/acme");
        var again = await _host.SendAsync("DELETE", "tenants/acme");
        var read = await _host.SendAsync("GET", "tenants/acme");
        var active = await _host.SendAsync("PATCH", "tenants/acme", """{"status":"active"}""");

        Assert.Equal(200, deleted.Status);
        Assert.Equal("suspended", (string?)deleted.Json["status"]);
        Assert.Equal("Acme Inc", (string?)deleted.Json["name"]);
        Assert.Equal("\"v2\" \"v2\" \"v2\" \"v3\"", $"{deleted.ETag} {again.ETag} {read.ETag} {active.ETag}");
        Assert.Equal("active", (string?)active.Json["status"]);
    }

    [Fact]
    public async Task Every_change_is_one_line_in_the_log()
    {
        await _host.SendAsync("POST", "tenants", Acme);
        await _host.SendAsync("PATCH", "tenants/acme", """{"name":"x"}""");
        await _host.SendAsync("PATCH", "tenants/acme", """{"name":"x"}""");
        await _host.SendAsync("DELETE", "tenants/acme");
        await _host.SendAsync("GET", "tenants/acme");
        Assert.Equal(
            ["tenant.open tenant acme", "tenant.change tenant acme", "tenant.suspend tenant acme"],
            _host.Log.Where(line => line.Contains(" admin_change ", StringComparison.Ordinal)).Select(line => string.Join(' ', line.Split(' ')[4..7])));
    }

    private void OnceMeanwhile(Action<FakeAdminGrains.Tenant> change) => _host.Grains.Meanwhile = tenant =>
    {
        _host.Grains.Meanwhile = null;
        change(tenant);
    };

    private static string Ids(FakeAdminReply reply) => string.Join(' ', reply.Json["tenants"]!.AsArray().Select(tenant => (string?)tenant!["id"]));

    private static IEnumerable<string> Names(JsonNode json) => json.AsObject().Select(field => field.Key);
}
