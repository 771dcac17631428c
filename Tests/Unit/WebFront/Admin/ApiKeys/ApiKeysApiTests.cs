using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.WebFront.Admin;

public sealed class ApiKeysApiTests : AdminApiTests
{
    private const string Full = """
        {"name":"build server","expiresAt":"2026-06-01T02:00:00+02:00","limits":{"requestsPerMinute":10},
         "budgets":[{"window":"day","limitUsd":1.5,"mode":"hard","alertAt":[]}],"models":{"allow":["gpt-4.1"]}}
        """;

    [Fact]
    public async Task A_new_key_is_answered_with_its_secret_and_all_that_was_sent()
    {
        var reply = await _host.SendAsync("POST", "tenants/acme/keys", Full);

        var id = (string)reply.Json["id"]!;
        Assert.Equal(201, reply.Status);
        Assert.Equal("\"v1\"", reply.ETag);
        Assert.Equal("no-store", reply.Headers["Cache-Control"]);
        Assert.Equal($"/admin/v1/tenants/acme/keys/{id}", reply.Headers["Location"]);
        Assert.True(ApiKeySecret.TryReadKeyId((string)reply.Json["key"]!, out var idInSecret));
        Assert.Equal(id, idInSecret);
        Assert.StartsWith((string)reply.Json["prefix"]! + "-", (string)reply.Json["key"]!, StringComparison.Ordinal);
        Assert.Equal("2026-03-01T12:00:00Z", (string?)reply.Json["createdAt"]);
        var expected = JsonNode.Parse(Full)!.AsObject();
        expected["expiresAt"] = "2026-06-01T00:00:00Z";
        foreach (var (name, value) in expected) Assert.True(JsonNode.DeepEquals(value, reply.Json[name]), name);
        Assert.Equal(["id", "key", "prefix", "createdAt", "expiresAt", "name", "limits", "budgets", "models"], reply.Json.AsObject().Select(field => field.Key));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData(null)]
    public async Task A_key_of_nothing_in_particular_never_expires_and_restricts_nothing(string? body)
    {
        var reply = await _host.SendAsync("POST", "tenants/acme/keys", body);
        Assert.Equal(201, reply.Status);
        Assert.Null(reply.Json["expiresAt"]);
        Assert.True(reply.Json.AsObject().ContainsKey("expiresAt"));
        Assert.Equal("""{} [] {"allow":[]}""", $"{reply.Json["limits"]!.ToJsonString()} {reply.Json["budgets"]!.ToJsonString()} {reply.Json["models"]!.ToJsonString()}");
    }

    [Theory]
    [InlineData("""{"key":"sk-gw-mine"}""", "key")]
    [InlineData("""{"status":"active","prefix":null}""", "status prefix")]
    [InlineData("""{"scopes":[]}""", "scopes")]
    [InlineData("""{"expiresAt":"2026-06-01"}""", "expiresAt")]
    [InlineData("""{"expiresAt":"2026-06-01T00:00:00"}""", "expiresAt")]
    [InlineData("""{"expiresAt":1780000000}""", "expiresAt")]
    [InlineData("""{"expiresAt":"2026-03-01T12:00:00Z"}""", "expiresAt")]
    [InlineData("""{"models":{"default":"gpt-4.1"}}""", "models.default")]
    [InlineData("""{"models":{"allow":["gpt-9"]}}""", "models.allow[0]")]
    [InlineData("""{"budgets":[{"window":"day","limitUsd":-1}]}""", "budgets[0].limitUsd")]
    public async Task A_wrong_field_is_refused_by_its_path(string body, string paths)
    {
        var created = await CreateAsync();
        foreach (var (method, path) in new[] { ("POST", "tenants/acme/keys"), ("PATCH", $"tenants/acme/keys/{created.Id}") })
        {
            var reply = await _host.SendAsync(method, path, body);
            Assert.Equal(400, reply.Status);
            Assert.Equal("invalid-value", reply.Problem);
            Assert.Equal(paths, reply.Faults);
        }

        Assert.Single(_host.Grains["acme"].Keys);
    }

    [Fact]
    public async Task Keys_are_listed_by_pages_oldest_first_with_their_status()
    {
        var lasting = await CreateAsync("""{"name":"lasting"}""");
        var shortLived = await CreateAsync("""{"name":"short","expiresAt":"2026-03-01T12:30:00Z"}""");
        var lost = await CreateAsync("""{"name":"lost"}""");
        await _host.SendAsync("DELETE", $"tenants/acme/keys/{lost.Id}");
        _host.Time.Advance(TimeSpan.FromMinutes(30));

        var first = await _host.SendAsync("GET", "tenants/acme/keys?limit=2");
        var second = await _host.SendAsync("GET", $"tenants/acme/keys?limit=2&cursor={first.Json["nextCursor"]}");

        Assert.Equal(
            $"{lasting.Id} lasting active, {shortLived.Id} short expired, {lost.Id} lost revoked",
            string.Join(", ", first.Json["keys"]!.AsArray().Concat(second.Json["keys"]!.AsArray()).Select(key => $"{key!["id"]} {key["name"]} {key["status"]}")));
        Assert.Null(second.Json["nextCursor"]);
        Assert.Equal("2026-03-01T12:00:00Z", (string?)second.Json["keys"]![0]!["revokedAt"]);
        Assert.Equal(
            ["id", "prefix", "name", "status", "createdAt", "expiresAt", "revokedAt", "limits", "budgets", "models"],
            second.Json["keys"]![0]!.AsObject().Select(field => field.Key));
    }

    [Theory]
    [InlineData("cursor=k_00000000", "cursor")]
    [InlineData("limit=-1", "limit")]
    [InlineData("status=active", "status")]
    public async Task A_wrong_parameter_is_refused_by_its_name(string query, string names)
    {
        var reply = await _host.SendAsync("GET", "tenants/acme/keys?" + query);
        Assert.Equal(400, reply.Status);
        Assert.Equal(names, reply.Faults);
    }

    [Fact]
    public async Task A_key_is_read_at_the_address_that_its_creation_gave()
    {
        var created = await _host.SendAsync("POST", "tenants/acme/keys", Full);
        var reply = await _host.SendAsync("GET", created.Headers["Location"]);
        Assert.Equal(200, reply.Status);
        Assert.Equal("\"v1\"", reply.ETag);
        Assert.Equal("active", (string?)reply.Json["status"]);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("PATCH", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/rotate")]
    public async Task An_unknown_key_is_not_found(string method, string suffix)
    {
        await _host.SendAsync("POST", "tenants", """{"id":"other"}""");
        var others = (await _host.SendAsync("POST", "tenants/other/keys")).Json["id"];
        foreach (var key in new[] { "k_00000000", "nonsense", "k_%7B%7D", $"{others}" })
        {
            var reply = await _host.SendAsync(method, $"tenants/acme/keys/{key}{suffix}", method is "PATCH" ? "{}" : null);
            Assert.Equal(404, reply.Status);
            Assert.Equal("unknown-key", reply.Problem);
        }
    }

    [Fact]
    public async Task A_patch_changes_what_it_names_and_leaves_the_rest()
    {
        var key = await CreateAsync(Full);
        var reply = await _host.SendAsync("PATCH", $"tenants/acme/keys/{key.Id}", """{"limits":{"tokensPerMinute":5}}""");
        Assert.Equal(200, reply.Status);
        Assert.Equal("\"v2\"", reply.ETag);
        Assert.Equal("""{"requestsPerMinute":10,"tokensPerMinute":5}""", reply.Json["limits"]!.ToJsonString());
        Assert.Equal(1.5m, (decimal)reply.Json["budgets"]![0]!["limitUsd"]!);
        Assert.Equal("build server 2026-06-01T00:00:00Z gpt-4.1", $"{reply.Json["name"]} {reply.Json["expiresAt"]} {reply.Json["models"]!["allow"]![0]}");
    }

    [Fact]
    public async Task Null_in_a_patch_resets_to_the_default_and_takes_the_expiry_away()
    {
        var key = await CreateAsync(Full);
        var reply = await _host.SendAsync("PATCH", $"tenants/acme/keys/{key.Id}", """{"name":null,"expiresAt":null,"limits":null,"budgets":null,"models":null}""");
        var again = await _host.SendAsync("PATCH", $"tenants/acme/keys/{key.Id}", """{"name":null,"expiresAt":null}""");
        _host.Time.Advance(TimeSpan.FromDays(3650));
        var later = await _host.SendAsync("GET", $"tenants/acme/keys/{key.Id}");

        Assert.Null(reply.Json["name"]);
        Assert.Null(reply.Json["expiresAt"]);
        Assert.Equal("""{} [] {"allow":[]}""", $"{reply.Json["limits"]!.ToJsonString()} {reply.Json["budgets"]!.ToJsonString()} {reply.Json["models"]!.ToJsonString()}");
        Assert.Equal("\"v2\" \"v2\"", $"{reply.ETag} {again.ETag}");
        Assert.Equal("active", (string?)later.Json["status"]);
    }

    [Theory]
    [InlineData("\"v1\"", true)]
    [InlineData("\"v2\", *", false)]
    [InlineData("W/\"v1\"", false)]
    [InlineData("\"v2\"", false)]
    public async Task A_change_asks_for_the_version_that_If_Match_names(string ifMatch, bool matches)
    {
        foreach (var (method, suffix, body, done) in new[] { ("PATCH", "", """{"name":"x"}""", 200), ("DELETE", "", null, 200), ("POST", "/rotate", (string?)null, 201) })
        {
            var key = await CreateAsync();
            var reply = await _host.SendAsync(method, $"tenants/acme/keys/{key.Id}{suffix}", body, ifMatch);
            if (ifMatch.Contains('*', StringComparison.Ordinal)) continue;
            Assert.Equal(matches ? done : 412, reply.Status);
            if (!matches) Assert.Equal("stale-version", reply.Problem);
        }
    }

    [Theory]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/rotate")]
    public async Task A_key_that_changes_after_its_version_was_compared_is_neither_revoked_nor_rotated(string method, string suffix)
    {
        var key = await CreateAsync();
        _host.Grains.Meanwhile = tenant =>
        {
            _host.Grains.Meanwhile = null;
            tenant.Replace(tenant.Keys[0] with { Name = "x", Version = 2 });
        };
        var reply = await _host.SendAsync(method, $"tenants/acme/keys/{key.Id}{suffix}", ifMatch: "\"v1\"");
        Assert.Equal((412, "stale-version"), (reply.Status, reply.Problem));
        Assert.Null(Assert.Single(_host.Grains["acme"].Keys).RevokedAt);
    }

    [Fact]
    public async Task Two_patches_of_different_fields_at_once_both_last()
    {
        var key = await CreateAsync();
        _host.Grains.Meanwhile = tenant =>
        {
            _host.Grains.Meanwhile = null;
            tenant.Replace(tenant.Keys[0] with { AllowModels = ["gpt-4.1"], Version = 2 });
        };
        var reply = await _host.SendAsync("PATCH", $"tenants/acme/keys/{key.Id}", """{"name":"x"}""");
        Assert.Equal("200 \"v3\" x gpt-4.1", $"{reply.Status} {reply.ETag} {reply.Json["name"]} {reply.Json["models"]!["allow"]![0]}");
    }

    [Fact]
    public async Task A_revoked_key_stays_revoked_and_takes_no_change()
    {
        var key = await CreateAsync();
        var revoked = await _host.SendAsync("DELETE", $"tenants/acme/keys/{key.Id}");
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        var again = await _host.SendAsync("DELETE", $"tenants/acme/keys/{key.Id}");

        Assert.Equal(200, revoked.Status);
        Assert.Equal("revoked", (string?)revoked.Json["status"]);
        Assert.Equal(revoked.Text, again.Text);
        Assert.Equal(revoked.ETag, again.ETag);
        Assert.Equal("conflict", (await _host.SendAsync("PATCH", $"tenants/acme/keys/{key.Id}", """{"name":"x"}""")).Problem);
        Assert.Equal("conflict", (await _host.SendAsync("POST", $"tenants/acme/keys/{key.Id}/rotate")).Problem);
    }

    [Theory]
    [InlineData(null, "2026-03-01T12:00:00Z")]
    [InlineData("""{"graceSeconds":90}""", "2026-03-01T12:01:30Z")]
    [InlineData("""{"graceSeconds":2592000}""", "2026-03-31T12:00:00Z")]
    public async Task A_rotation_makes_a_like_key_and_says_until_when_the_old_one_is_good(string? body, string until)
    {
        var old = await CreateAsync(Full);
        var reply = await _host.SendAsync("POST", $"tenants/acme/keys/{old.Id}/rotate", body);

        Assert.Equal(201, reply.Status);
        Assert.Equal("\"v1\"", reply.ETag);
        Assert.NotEqual(old.Id, (string?)reply.Json["id"]);
        Assert.NotEqual(old.Secret, (string?)reply.Json["key"]);
        Assert.Equal($"/admin/v1/tenants/acme/keys/{reply.Json["id"]}", reply.Headers["Location"]);
        Assert.Equal("build server", (string?)reply.Json["name"]);
        Assert.Equal($$"""{"id":"{{old.Id}}","expiresAt":"{{until}}"}""", reply.Json["replaces"]!.ToJsonString());
        Assert.Equal(until, (string?)(await _host.SendAsync("GET", $"tenants/acme/keys/{old.Id}")).Json["expiresAt"]);
    }

    [Fact]
    public async Task A_rotation_never_lengthens_the_old_keys_life()
    {
        var old = await CreateAsync("""{"expiresAt":"2026-03-01T12:00:10Z"}""");
        var reply = await _host.SendAsync("POST", $"tenants/acme/keys/{old.Id}/rotate", """{"graceSeconds":60}""");
        Assert.Equal("2026-03-01T12:00:10Z", (string?)reply.Json["replaces"]!["expiresAt"]);
    }

    [Theory]
    [InlineData("""{"graceSeconds":-1}""", "graceSeconds")]
    [InlineData("""{"graceSeconds":2592001}""", "graceSeconds")]
    [InlineData("""{"graceSeconds":null}""", "graceSeconds")]
    [InlineData("""{"graceSeconds":"60"}""", "graceSeconds")]
    [InlineData("""{"grace":60}""", "grace")]
    public async Task A_wrong_grace_is_refused(string body, string paths)
    {
        var key = await CreateAsync();
        var reply = await _host.SendAsync("POST", $"tenants/acme/keys/{key.Id}/rotate", body);
        Assert.Equal(400, reply.Status);
        Assert.Equal(paths, reply.Faults);
        Assert.Single(_host.Grains["acme"].Keys);
    }

    [Fact]
    public async Task A_secret_is_shown_by_its_creation_only_and_a_hash_never()
    {
        var old = await CreateAsync(Full);
        var rotated = await _host.SendAsync("POST", $"tenants/acme/keys/{old.Id}/rotate", """{"graceSeconds":60}""");
        var secrets = new[] { old.Secret, (string)rotated.Json["key"]! };
        FakeAdminReply[] others =
        [
            await _host.SendAsync("GET", "tenants/acme/keys"),
            await _host.SendAsync("GET", $"tenants/acme/keys/{old.Id}"),
            await _host.SendAsync("PATCH", $"tenants/acme/keys/{old.Id}", """{"name":"x"}"""),
            await _host.SendAsync("PATCH", $"tenants/acme/keys/{old.Id}", """{"name":7}"""),
            await _host.SendAsync("DELETE", $"tenants/acme/keys/{old.Id}"),
            await _host.SendAsync("GET", "tenants/acme"),
            await _host.SendAsync("GET", "tenants"),
            await _host.SendAsync("GET", "tenants/acme/quota"),
            await _host.SendAsync("GET", "tenants/acme/ledger"),
        ];

        foreach (var text in others.Select(reply => reply.Text).Concat(_host.Log))
            foreach (var secret in secrets)
            {
                Assert.DoesNotContain(secret[^43..], text, StringComparison.Ordinal);
                Assert.DoesNotContain(ApiKeyHash.Of(secret).ToString(), text, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("hash", text, StringComparison.OrdinalIgnoreCase);
            }

        Assert.DoesNotContain("hash", rotated.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(ApiKeyHash.Of(secrets[1]).ToString(), rotated.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Every_change_is_one_line_in_the_log()
    {
        var key = await CreateAsync();
        await _host.SendAsync("PATCH", $"tenants/acme/keys/{key.Id}", """{"name":"x"}""");
        await _host.SendAsync("POST", $"tenants/acme/keys/{key.Id}/rotate", """{"graceSeconds":60}""");
        await _host.SendAsync("DELETE", $"tenants/acme/keys/{key.Id}");
        await _host.SendAsync("DELETE", $"tenants/acme/keys/{key.Id}");
        Assert.Equal(
            ["key.issue", "key.change", "key.rotate", "key.revoke"],
            _host.Log.Where(line => line.Contains(" admin_change Admin key.", StringComparison.Ordinal)).Select(line => line.Split(' ')[4]));
    }

    private async Task<(string Id, string Secret)> CreateAsync(string body = "{}")
    {
        var reply = await _host.SendAsync("POST", "tenants/acme/keys", body);
        Assert.Equal(201, reply.Status);
        return ((string)reply.Json["id"]!, (string)reply.Json["key"]!);
    }
}
