using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Tests.TestKit;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Faults;

/// <summary>A Redis that is away, slow, full or read-only, under a whole gateway.</summary>
public sealed class StoreOutageTests : IAsyncLifetime
{
    private const string Chat = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9}""";
    private const string Gated = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"x_sim":{"gate":"late"}}""";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly RedisServer _redis = new();

    private IServer Server => _redis.Connection.GetServers()[0];

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task A_slow_redis_is_a_quick_refusal_and_nothing_is_served_twice_when_it_is_fast_again()
    {
        await using var gateway = await StartAsync();
        var caller = await gateway.OpenTenantAsync();
        await ServedAsync(caller);

        await Server.ExecuteAsync("CLIENT", "PAUSE", "8000", "ALL");
        var took = await RefusedAsync(caller);
        // 800 ms for the store; the rest is room for a busy machine.
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        // From now on the tenant knows, and waits for nothing.
        Assert.InRange(await RefusedAsync(caller), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(gateway, "ready"));
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(gateway, "live"));

        await ServesAgainAsync(caller);
        Assert.Equal(HttpStatusCode.OK, await ReadyAgainAsync(gateway));
        await AtRestAsync(caller);
        TestContext.Current.SendDiagnosticMessage("refused after {0}", took);
    }

    [Fact]
    public async Task A_redis_that_dies_after_the_hold_costs_nothing_but_time()
    {
        await using var gateway = await StartAsync();
        var caller = await gateway.OpenTenantAsync();
        await ServedAsync(caller);
        var late = caller.ChatAsync(Gated);
        await gateway.Simulator.Gates.WaitForWaitersAsync("late", 1);

        await _redis.KillAsync();
        await RefusedAsync(caller);
        gateway.Simulator.Gates.Open("late");
        using var answer = await late;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(gateway, "ready"));
        await _redis.StartAsync();

        await ServesAgainAsync(caller);
        await AtRestAsync(caller);
        var posted = (await caller.LedgerAsync()).Where(line => line.GetProperty("kind").GetString() == "posted").ToList();
        Assert.Single(posted, line => line.GetProperty("requestId").GetString() == answer.Headers.GetValues("x-request-id").Single());
        Assert.Equal(gateway.Simulator.Bill.Count, posted.Count);
    }

    [Fact]
    public async Task A_redis_without_memory_admits_nothing_and_takes_the_postings_when_it_has_some()
    {
        await using var gateway = await StartAsync();
        var caller = await gateway.OpenTenantAsync();
        await ServedAsync(caller);
        var late = caller.ChatAsync(Gated);
        await gateway.Simulator.Gates.WaitForWaitersAsync("late", 1);

        await Server.ConfigSetAsync("maxmemory", "1");
        await RefusedAsync(caller);
        gateway.Simulator.Gates.Open("late");
        using var answer = await late;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(gateway, "ready"));
        await Server.ConfigSetAsync("maxmemory", "0");

        await ServesAgainAsync(caller);
        await AtRestAsync(caller);
        Assert.Equal(gateway.Simulator.Bill.Count, (await caller.LedgerAsync()).Count(line => line.GetProperty("kind").GetString() == "posted"));
    }

    [Fact]
    public async Task A_redis_that_became_a_replica_admits_nothing_and_is_found_again_when_it_is_the_primary()
    {
        await using var gateway = await StartAsync();
        var caller = await gateway.OpenTenantAsync();
        await ServedAsync(caller);

        await Server.ExecuteAsync("REPLICAOF", "127.0.0.1", $"{FreePorts.Next()}");
        await RefusedAsync(caller);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(gateway, "ready"));
        await Server.ExecuteAsync("REPLICAOF", "NO", "ONE");

        await ServesAgainAsync(caller);
        await AtRestAsync(caller);
    }

    [Theory]
    [InlineData("Embedded")]
    [InlineData("Redis")]
    public async Task A_gateway_that_starts_before_its_redis_lives_waits_and_serves_when_it_appears(string clustering)
    {
        _redis.SkipWhenMissing();
        await _redis.KillAsync();
        var settings = GatewayProcess.Settings(new Uri("http://127.0.0.1:9/v1"));
        var management = new Uri($"http://127.0.0.1:{FreePorts.Next()}");
        settings["Gateway:ManagementUrls"] = management.ToString();
        settings["Gateway:Clustering"] = clustering;
        settings.OnRedis(_redis.Endpoint);
        var starting = GatewayProcess.StartAsync(settings);
        using var probe = PlainClient.Create(management);

        await Eventually.BecomesAsync(() => ProbeAsync(probe, "live"), status => status == HttpStatusCode.OK, Soon, "liveness");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ProbeAsync(probe, "ready"));
        Assert.False(starting.IsCompleted);
        await _redis.StartAsync();

        await using var gateway = await starting;
        await Eventually.BecomesAsync(() => ProbeAsync(probe, "ready"), status => status == HttpStatusCode.OK, Soon, "readiness");
        await gateway.AdminAsync(HttpMethod.Post, "tenants", """{"id":"acme"}""");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("password=wrong")]
    public async Task A_redis_that_wants_another_password_is_refused_with_the_setting_named(string? login)
    {
        await _redis.Connection.GetServers()[0].ConfigSetAsync("requirepass", "secret");
        var settings = GatewayProcess.Settings(new Uri("http://127.0.0.1:9/v1"));
        settings.OnRedis(login is null ? _redis.Endpoint : $"{_redis.Endpoint},{login}");

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("ConnectionStrings:Redis: the server refuses the user or the password", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redis_that_forbids_the_question_is_taken_with_a_warning_that_names_what_was_not_checked()
    {
        await Server.ExecuteAsync("ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-config");
        await using var gateway = await StartAsync("user=limited,password=secret");

        var warning = gateway.Log.Lines.Single(line => line.Contains("redis_not_checked", StringComparison.Ordinal));

        foreach (var setting in new[] { "appendonly yes", "appendfsync always", "maxmemory-policy noeviction" }) Assert.Contains(setting, warning, StringComparison.Ordinal);
        await ServedAsync(await gateway.OpenTenantAsync());
    }

    [Fact]
    public async Task A_full_or_read_only_disk_admits_nothing_until_it_takes_writes_again()
    {
        await using var gateway = await TestGateway.StartAsync();
        var caller = await gateway.OpenTenantAsync();
        await ServedAsync(caller);

        var refuses = true;
        await AskAsync(gateway, database => database.Book.File.Flush = _ =>
        {
            if (Volatile.Read(ref refuses)) throw new IOException("No space left on device");
        });
        await RefusedAsync(caller);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(gateway, "ready"));
        Volatile.Write(ref refuses, false);

        await ServesAgainAsync(caller);
        Assert.Equal(HttpStatusCode.OK, await ReadyAgainAsync(gateway));
        await AtRestAsync(caller);
        Assert.Equal(gateway.Simulator.Bill.Count, (await caller.LedgerAsync()).Count(line => line.GetProperty("kind").GetString() == "posted"));
    }

    [Theory]
    [InlineData("PRAGMA max_page_count=1", "PRAGMA max_page_count=1000000")]
    [InlineData("PRAGMA query_only=ON", "PRAGMA query_only=OFF")]
    public async Task Tables_that_take_no_writes_keep_no_request_from_being_booked(string full, string free)
    {
        await using var gateway = await TestGateway.StartAsync();
        var caller = await gateway.OpenTenantAsync();
        await AskAsync(gateway, database => SQLitePCL.raw.sqlite3_exec(database.Handle, full));

        for (var i = 0; i < 3; i++) await ServedAsync(caller);
        await AskAsync(gateway, database => SQLitePCL.raw.sqlite3_exec(database.Handle, free));

        await AtRestAsync(caller);
        Assert.Equal(3, (await caller.LedgerAsync()).Count(line => line.GetProperty("kind").GetString() == "posted"));
    }

    private static Task<T> AskAsync<T>(TestGateway gateway, Func<SqliteDatabase, T> question) =>
        gateway.Services.GetRequiredService<SqliteStore>().ReadAsync(new SqliteQuestion<T>(question));

    private Task<TestGateway> StartAsync(string? login = null)
    {
        _redis.SkipWhenMissing();
        return TestGateway.StartAsync(new Dictionary<string, string?>().OnRedis(login is null ? _redis.Endpoint : $"{_redis.Endpoint},{login}"));
    }

    private static async Task ServedAsync(TestCaller caller)
    {
        using var response = await caller.ChatAsync(Chat);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    private static async Task<TimeSpan> RefusedAsync(TestCaller caller)
    {
        var started = Stopwatch.GetTimestamp();
        using var response = await caller.ChatAsync(Chat);
        var took = Stopwatch.GetElapsedTime(started);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("\"store_unavailable\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotNull(response.Headers.RetryAfter);
        return took;
    }

    private static Task<HttpStatusCode> ServesAgainAsync(TestCaller caller) => Eventually.BecomesAsync(
        async () =>
        {
            using var response = await caller.ChatAsync(Chat);
            return response.StatusCode;
        },
        status => status == HttpStatusCode.OK, Soon, "an answer");

    /// <summary>All that was booked while the store was away has ended: nothing is held, nothing in suspense.</summary>
    private static Task<JsonElement> AtRestAsync(TestCaller caller) => Eventually.BecomesAsync(
        caller.QuotaAsync, quota => quota.GetProperty("openReservations").GetInt32() == 0, Soon, "rest");

    private static async Task<HttpStatusCode> HealthAsync(TestGateway gateway, string what) => await ProbeAsync(gateway.Http, what);

    private static Task<HttpStatusCode> ReadyAgainAsync(TestGateway gateway) =>
        Eventually.BecomesAsync(() => ProbeAsync(gateway.Http, "ready"), status => status == HttpStatusCode.OK, Soon, "readiness");

    private static async Task<HttpStatusCode> ProbeAsync(HttpClient http, string what)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"/health/{what}", UriKind.Relative));
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }
}
