using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Tests.TestKit;
using Serilog.Events;

namespace OrleansGateway.Tests.Faults;

/// <summary>A Redis that forgets what it confirmed, under a whole gateway: nothing is served that shows less spent than any record that is left.</summary>
public sealed class StoreLossTests : IAsyncLifetime
{
    private const string Chat = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""";
    private const string Gated = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"x_sim":{"gate":"late"}}""";
    private const string Budget = """{"budgets":[{"window":"total","limitUsd":5}]}""";
    private const string Accept = """{"action":"accept-loss","reason":"the backup is gone","actor":"ann"}""";

    // Of its own: what happens to it happens to all of it.
    private readonly RedisServer _redis = new();

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task A_failover_that_lost_the_last_writes_is_replayed_from_memory_with_every_hold_and_posting()
    {
        var gateway = await StartAsync();
        var caller = await gateway.OpenTenantAsync(Budget);
        await ServedAsync(caller);
        var copy = await RedisCopy.TakeAsync(_redis.Connection);
        for (var i = 0; i < 3; i++) await ServedAsync(caller);
        var late = caller.ChatAsync(Gated);
        await gateway.Simulator.Gates.WaitForWaitersAsync("late", 1);
        var before = await caller.QuotaAsync();
        await copy.PutBackAsync();

        await ServedAsync(caller);
        gateway.Simulator.Gates.Open("late");
        using var answer = await late;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.NotEqual(0m, Budgeted(before, "heldUsd"));
        var ledger = await caller.LedgerAsync();
        Assert.Equal(6, ledger.Count(line => line.GetProperty("kind").GetString() == "posted"));
        var after = await caller.QuotaAsync();
        Assert.Equal(ledger.Sum(line => line.GetProperty("costUsd").GetDecimal()), Budgeted(after, "settledUsd"));
        Assert.Equal(0m, Budgeted(after, "heldUsd"));
        Assert.Equal(LogEventLevel.Error, (await EventAsync(gateway, "rollback_detected")).Level);
        await EventAsync(gateway, "rollback_replayed");
        var book = await gateway.AdminAsync(HttpMethod.Get, $"tenants/{caller.TenantId}/book");
        Assert.Equal("ok", book.GetProperty("state").GetString());
        Assert.Equal("replay", book.GetProperty("recovery").GetProperty("from").GetString());

        // What is in the store now is whole: a gateway that knows nothing of it reads the same.
        await gateway.DisposeAsync();
        await using var next = await StartAsync();
        var reread = await (caller with { Gateway = next }).QuotaAsync();
        Assert.Equal(Budgeted(after, "settledUsd"), Budgeted(reread, "settledUsd"));
        Assert.Equal(ledger.Count, (await (caller with { Gateway = next }).LedgerAsync()).Count);
    }

    [Fact]
    public async Task An_emptied_store_is_replayed_where_all_is_remembered_and_otherwise_frozen_until_the_loss_is_accepted()
    {
        TestCaller remembered, idle;
        await using (var first = await StartAsync())
        {
            remembered = await first.OpenTenantAsync(Budget);
            idle = await first.OpenTenantAsync(Budget);
            await ServedAsync(remembered);
            await ServedAsync(idle);
        }
        var gateway = await StartAsync();
        remembered = remembered with { Gateway = gateway };
        idle = idle with { Gateway = gateway };
        var young = await gateway.OpenTenantAsync(Budget);
        await ServedAsync(young);
        await ServedAsync(remembered);
        var spent = Budgeted(await remembered.QuotaAsync(), "settledUsd");
        await _redis.Connection.GetServers()[0].FlushAllDatabasesAsync();

        // All of it is in memory.
        await ServedAsync(young);
        // Only its newest entries are, and what they add up to.
        await RefusedAsync(remembered);
        // Nothing is: it must not be taken for a tenant that was never opened.
        Assert.Equal("frozen", (await BookAsync(gateway, idle)).GetProperty("state").GetString());
        var frozen = await BookAsync(gateway, remembered);
        Assert.Equal(("frozen", 0), (frozen.GetProperty("state").GetString(), frozen.GetProperty("found").GetInt64()));
        Assert.True(frozen.GetProperty("known").GetInt64() > 0);
        Assert.Contains("accept-loss", frozen.GetProperty("action").GetString(), StringComparison.Ordinal);

        var accepted = await gateway.AdminAsync(HttpMethod.Post, $"tenants/{remembered.TenantId}/book/recovery", Accept);

        Assert.Equal(("ok", "memory", "ann"), (accepted.GetProperty("state").GetString(), Text(accepted, "from"), Text(accepted, "actor")));
        Assert.True(Budgeted(await remembered.QuotaAsync(), "settledUsd") >= spent);
        await ServedAsync(remembered);
        await gateway.AdminAsync(HttpMethod.Post, $"tenants/{idle.TenantId}/book/recovery", Accept);
        await gateway.DisposeAsync();

        // The indexes of tenants and keys came back with the tenants that live.
        await using var next = await StartAsync();
        await ServedAsync(young with { Gateway = next });
        await ServedAsync(remembered with { Gateway = next });
        var tenants = await next.AdminAsync(HttpMethod.Get, "tenants");
        Assert.Contains(tenants.GetProperty("tenants").EnumerateArray(), t => t.GetProperty("id").GetString() == young.TenantId);
    }

    [Fact]
    public async Task A_book_shorter_than_its_snapshot_is_frozen_and_goes_on_from_the_snapshot_when_the_loss_is_accepted()
    {
        var (caller, spent, _) = await ShortenedAsync();
        var gateway = await StartAsync();
        caller = caller with { Gateway = gateway };

        await RefusedAsync(caller);
        var frozen = await BookAsync(gateway, caller);
        Assert.Equal("frozen", frozen.GetProperty("state").GetString());
        Assert.Equal(2, frozen.GetProperty("known").GetInt64() - frozen.GetProperty("found").GetInt64());
        Assert.Equal(LogEventLevel.Error, (await EventAsync(gateway, "state_missing")).Level);
        foreach (var (body, status) in new[] { ("""{"action":"accept-loss"}""", 400), ("""{"action":"forget"}""", 400), ("{}", 400) })
            Assert.Equal(status, (int)await SendAsync(gateway, HttpMethod.Post, $"tenants/{caller.TenantId}/book/recovery", body));
        var rechecked = await gateway.AdminAsync(HttpMethod.Post, $"tenants/{caller.TenantId}/book/recovery", """{"action":"recheck"}""");
        Assert.Equal("frozen", rechecked.GetProperty("state").GetString());

        var accepted = await gateway.AdminAsync(HttpMethod.Post, $"tenants/{caller.TenantId}/book/recovery", Accept);

        Assert.Equal(("ok", "snapshot", "the backup is gone"), (accepted.GetProperty("state").GetString(), Text(accepted, "from"), Text(accepted, "reason")));
        Assert.Equal(spent, Budgeted(await caller.QuotaAsync(), "settledUsd"));
        await ServedAsync(caller);
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(gateway, HttpMethod.Post, $"tenants/{caller.TenantId}/book/recovery", Accept));
        await EventAsync(gateway, "admin_recovery");
        var after = Budgeted(await caller.QuotaAsync(), "settledUsd");
        await gateway.DisposeAsync();

        await using var next = await StartAsync();
        Assert.Equal(after, Budgeted(await (caller with { Gateway = next }).QuotaAsync(), "settledUsd"));
    }

    [Fact]
    public async Task A_book_that_was_restored_is_served_again_as_it_was()
    {
        var (caller, spent, newer) = await ShortenedAsync();
        await using var gateway = await StartAsync();
        caller = caller with { Gateway = gateway };
        await RefusedAsync(caller);

        await newer.PutBackAsync(key => key.Contains("{t:", StringComparison.Ordinal));
        var rechecked = await gateway.AdminAsync(HttpMethod.Post, $"tenants/{caller.TenantId}/book/recovery", """{"action":"recheck"}""");

        Assert.Equal("ok", rechecked.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, rechecked.GetProperty("recovery").ValueKind);
        Assert.Equal(spent, Budgeted(await caller.QuotaAsync(), "settledUsd"));
        await ServedAsync(caller);
    }

    [Fact]
    public async Task A_corrupt_entry_closes_its_tenant_alone_and_operators_see_which()
    {
        TestCaller caller, other;
        await using (var first = await StartAsync())
        {
            caller = await first.OpenTenantAsync(Budget);
            other = await first.OpenTenantAsync(Budget);
            for (var i = 0; i < 3; i++) await ServedAsync(caller);
        }
        var database = _redis.Connection.GetDatabase();
        var day = (await database.HashGetAsync($"{{t:{caller.TenantId}}}:head", "day")).ToString();
        var entries = await database.ListRangeAsync($"{{t:{caller.TenantId}}}:book:{day}");
        await database.ListSetByIndexAsync($"{{t:{caller.TenantId}}}:book:{day}", 4, "not an entry");
        await ForgetSnapshotAsync(caller.TenantId);
        await using var gateway = await StartAsync();
        caller = caller with { Gateway = gateway };

        await RefusedAsync(caller);
        await ServedAsync(other with { Gateway = gateway });
        var frozen = await BookAsync(gateway, caller);
        Assert.Equal("frozen", frozen.GetProperty("state").GetString());
        Assert.Contains("Entry 5 of the book cannot be read", frozen.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(entries.Length, frozen.GetProperty("found").GetInt64());
        using (var ready = await gateway.Http.GetAsync(new Uri("/health/ready", UriKind.Relative))) Assert.Equal(HttpStatusCode.OK, ready.StatusCode);

        var accepted = await gateway.AdminAsync(HttpMethod.Post, $"tenants/{caller.TenantId}/book/recovery", Accept);

        Assert.Equal(("ok", "book"), (accepted.GetProperty("state").GetString(), Text(accepted, "from")));
        await ServedAsync(caller);
        // What was refused meanwhile is given back, although the book has an entry that nobody can read.
        var releases = gateway.Services.GetRequiredService<HoldReleases>();
        await Eventually.BecomesAsync(() => Task.FromResult(releases.Waiting), waiting => waiting == 0, TimeSpan.FromSeconds(30), "No hold that waits to be given back");
    }

    [Fact]
    public async Task A_live_tenant_whose_book_was_cut_inside_is_closed_and_served_again_once_it_is_whole()
    {
        await using var gateway = await StartAsync();
        var caller = await gateway.OpenTenantAsync(Budget);
        await ServedAsync(caller);
        var copy = await RedisCopy.TakeAsync(_redis.Connection);
        var database = _redis.Connection.GetDatabase();
        var day = (await database.HashGetAsync($"{{t:{caller.TenantId}}}:head", "day")).ToString();
        await database.ListRightPopAsync($"{{t:{caller.TenantId}}}:book:{day}");

        await RefusedAsync(caller);
        var frozen = await BookAsync(gateway, caller);
        Assert.Equal("frozen", frozen.GetProperty("state").GetString());
        Assert.Equal(HttpStatusCode.Conflict, await SendAsync(gateway, HttpMethod.Post, $"tenants/{caller.TenantId}/book/recovery", Accept));
        Assert.Equal(LogEventLevel.Error, (await EventAsync(gateway, "state_missing")).Level);

        await copy.PutBackAsync(key => key.Contains("}:book", StringComparison.Ordinal) || key.Contains("}:head", StringComparison.Ordinal));
        var rechecked = await gateway.AdminAsync(HttpMethod.Post, $"tenants/{caller.TenantId}/book/recovery", """{"action":"recheck"}""");

        Assert.Equal("ok", rechecked.GetProperty("state").GetString());
        await ServedAsync(caller);
    }

    /// <summary>A tenant whose book lost its last two entries while no gateway ran, and a copy of the store with them.</summary>
    private async Task<(TestCaller Caller, decimal Spent, RedisCopy Newer)> ShortenedAsync()
    {
        TestCaller caller;
        RedisCopy older;
        decimal spent;
        await using (var first = await StartAsync())
        {
            caller = await first.OpenTenantAsync(Budget);
            await ServedAsync(caller);
            older = await RedisCopy.TakeAsync(_redis.Connection);
            await ServedAsync(caller);
            spent = Budgeted(await caller.QuotaAsync(), "settledUsd");
        }
        var newer = await RedisCopy.TakeAsync(_redis.Connection);
        await older.PutBackAsync(key => key.Contains("}:book", StringComparison.Ordinal) || key.Contains("}:head", StringComparison.Ordinal));
        return (caller, spent, newer);
    }

    private async Task ForgetSnapshotAsync(string tenantId)
    {
        await foreach (var key in _redis.Connection.GetServers()[0].KeysAsync(pattern: $"*tenant/{tenantId}*")) await _redis.Connection.GetDatabase().KeyDeleteAsync(key);
    }

    private Task<TestGateway> StartAsync()
    {
        _redis.SkipWhenMissing();
        return TestGateway.StartAsync(new Dictionary<string, string?>().OnRedis(_redis.Endpoint));
    }

    private static async Task ServedAsync(TestCaller caller)
    {
        using var response = await caller.ChatAsync(Chat);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    private static async Task RefusedAsync(TestCaller caller)
    {
        using var response = await caller.ChatAsync(Chat);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("\"store_unavailable\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    private static async Task<HttpStatusCode> SendAsync(TestGateway gateway, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, $"/admin/v1/{path}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        using var response = await gateway.Http.SendAsync(request);
        return response.StatusCode;
    }

    private static Task<JsonElement> BookAsync(TestGateway gateway, TestCaller caller) => gateway.AdminAsync(HttpMethod.Get, $"tenants/{caller.TenantId}/book");

    private static string? Text(JsonElement status, string field) => status.GetProperty("recovery").GetProperty(field).GetString();

    private static decimal Budgeted(JsonElement quota, string field) => Assert.Single(quota.GetProperty("budgets").EnumerateArray()).GetProperty(field).GetDecimal();

    // It is written in the tenant's turns, which no answer waits for.
    private static async Task<LogEvent> EventAsync(TestGateway gateway, string name)
    {
        await Eventually.BecomesAsync(
            () => Task.FromResult(string.Join(' ', gateway.Log.Events.Select(NameOf))), names => names.Split(' ').Contains(name), TimeSpan.FromSeconds(30), name);
        return gateway.Log.Events.First(e => NameOf(e) == name);
    }

    private static string NameOf(LogEvent logged) =>
        logged.Properties.GetValueOrDefault("EventId") is StructureValue id
            && id.Properties.FirstOrDefault(p => p.Name == "Name")?.Value is ScalarValue { Value: string name }
            ? name
            : "";
}
