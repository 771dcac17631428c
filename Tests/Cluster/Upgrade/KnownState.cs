using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Upgrade;

/// <summary>A tenant with something of all that is stored, and what a gateway of any build tells of it.</summary>
internal sealed class KnownState
{
    /// <summary>Settings of silos under which all of it comes to be: snapshots among the entries, and webhooks on this machine that are asked again soon.</summary>
    public static readonly IReadOnlyDictionary<string, string?> Settings = new Dictionary<string, string?>
    {
        ["Gateway:Tenants:EntriesPerSnapshot"] = "10",
        ["Gateway:Webhooks:AllowPrivateAddresses"] = "true",
        ["Gateway:Webhooks:FirstRetry"] = "00:00:01",
        ["Gateway:Webhooks:LongestRetry"] = "00:00:02",
    };

    private const int Events = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // What runs on by itself, or lives in memory only.
    private static readonly HashSet<string> Running =
        ["burnRateUsdPerHour", "forecastUsd", "exhaustsAt", "resetsAt", "limits", "attempts", "lastAttemptAt", "lastStatus", "lastError", "nextAttemptAt", "deliveredAt"];

    private readonly WebhookReceiver _receiver;
    private readonly string _secret;
    private readonly string _key;
    private readonly DateTime _made = TimeProvider.System.GetUtcNow().Date;
    private readonly List<string> _requests = [];
    private string? _answer;

    private KnownState(WebhookReceiver receiver, string secret, string key) => (_receiver, _secret, _key) = (receiver, secret, key);

    /// <summary>All that it has asked so far.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Makes it all; the webhook is told and refuses until <see cref="DeliverAsync"/>.</summary>
    public static async Task<KnownState> MakeAsync(GatewayProcess gateway, WebhookReceiver receiver)
    {
        var tenant = await gateway.AdminAsync(HttpMethod.Post, "tenants", $$"""
            { "id": "acme", "name": "Acme Inc", "timeZone": "Europe/Berlin", "limits": { "requestsPerMinute": 6000, "tokensPerMinute": 2000000, "concurrentRequests": 50 },
              "budgets": [ { "window": "total", "limitUsd": 0.001, "mode": "soft", "alertAt": [0.5, 1.0] }, { "window": "rolling:30d", "limitUsd": 40.00, "mode": "hard" } ],
              "models": { "allow": ["gpt-4.1", "deepseek-*", "text-embedding-*"], "default": "gpt-4.1", "fallbacks": { "gpt-4.1": ["deepseek-v3.2"] } },
              "endUserDefaults": { "budgets": [ { "window": "total", "limitUsd": 1.00, "mode": "hard" } ] },
              "webhooks": [ { "url": "{{receiver.Url}}", "events": ["budget.threshold"] } ] }
            """);
        var key = await gateway.AdminAsync(
            HttpMethod.Post, "tenants/acme/keys",
            """{"budgets":[{"window":"total","limitUsd":5.00,"mode":"hard"}],"expiresAt":"2999-01-01T00:00:00Z"}""");
        var revoked = await gateway.AdminAsync(HttpMethod.Post, "tenants/acme/keys", "{}");
        await gateway.AdminAsync(HttpMethod.Delete, $"tenants/acme/keys/{revoked.GetProperty("id").GetString()}");
        await gateway.AdminAsync(
            HttpMethod.Put, "tenants/acme/users/ann%40example.com",
            """{"limits":{"requestsPerMinute":3000},"budgets":[{"window":"total","limitUsd":2.00}]}""");
        await gateway.AdminAsync(HttpMethod.Post, "tenants", """{"id":"gone"}""");
        await gateway.AdminAsync(HttpMethod.Delete, "tenants/gone");

        var state = new KnownState(receiver, tenant.GetProperty("webhooks")[0].GetProperty("secret").GetString()!, key.GetProperty("key").GetString()!);
        await gateway.AdminAsync(
            HttpMethod.Post, "tenants/acme/adjustments",
            """{"id":"launch","kind":"raise","scope":"tenant","window":"rolling:30d","amountUsd":2.50,"until":"2999-01-01T00:00:00Z","reason":"launch","actor":"ann"}""");
        await gateway.AdminAsync(HttpMethod.Post, "tenants/acme/adjustments", """{"id":"sorry","kind":"refund","amountUsd":0.0001,"reason":"an outage","actor":"bob"}""");
        await state.CallAsync(gateway, 25);
        await state.AskOnceAsync(gateway, replayed: false);
        await Eventually.BecomesAsync(() => Task.FromResult(receiver.All.Select(r => r.Id).Distinct().Count()), told => told == Events, Patience, "Two events told");
        return state;
    }

    /// <summary>Further calls, each of which must be answered.</summary>
    public async Task CallAsync(GatewayProcess gateway, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            var user = i % 2 == 0 ? "ann@example.com" : $"user-{i % 5}";
            using var answer = i % 5 == 4
                ? await PostAsync(gateway, "/v1/embeddings", $$"""{"model":"text-embedding-3-small","input":"Text number {{i}}","user":"{{user}}"}""")
                : await PostAsync(gateway, "/v1/chat/completions", Chat(user, stream: i % 3 == 0));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            _requests.Add(answer.Headers.GetValues("x-request-id").Single());
        }
    }

    /// <summary>Asks with the idempotency key that was used first when all this was made.</summary>
    public async Task AskOnceAsync(GatewayProcess gateway, bool replayed = true)
    {
        using var answer = await PostAsync(gateway, "/v1/chat/completions", Chat("ann@example.com", stream: false), "once");
        Assert.Equal((HttpStatusCode.OK, replayed), (answer.StatusCode, answer.Headers.Contains("x-gateway-replayed")));
        if (!replayed) _requests.Add(answer.Headers.GetValues("x-request-id").Single());
        _answer ??= await answer.Content.ReadAsStringAsync();
        Assert.Equal(_answer, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A call that the upstream keeps waiting.</summary>
    public Task<HttpResponseMessage> AskInVainAsync(GatewayProcess gateway) =>
        PostAsync(gateway, "/v1/chat/completions", """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20,"x_sim":{"latencyMs":300000}}""");

    /// <summary>How many holds are in a state.</summary>
    public static async Task<int> HoldsAsync(GatewayProcess gateway, string state) =>
        (await gateway.AdminAsync(HttpMethod.Get, $"tenants/acme/holds?state={state}")).GetProperty("holds").GetArrayLength();

    /// <summary>Lets the webhook accept, and waits until all events are delivered, signed with the secret of the beginning.</summary>
    public async Task DeliverAsync(GatewayProcess gateway)
    {
        _receiver.FailNext = 0;
        await Eventually.BecomesAsync(
            () => gateway.AdminAsync(HttpMethod.Get, "tenants/acme/webhooks/deliveries?status=delivered"),
            page => page.GetProperty("deliveries").GetArrayLength() == Events,
            Patience,
            "Two events delivered");
        Assert.All(_receiver.All, r => Assert.True(r.IsSignedWith(_secret)));
        Assert.Equal(Events, _receiver.All.Select(r => r.Id).Distinct().Count());
    }

    /// <summary>All that the gateway tells of it, by address.</summary>
    public async Task<Dictionary<string, JsonElement>> ReadAsync(GatewayProcess gateway)
    {
        string[] paths =
        [
            "tenants", "tenants/acme", "tenants/gone", "tenants/acme/keys", "tenants/acme/users", "tenants/acme/users/ann%40example.com",
            "tenants/acme/quota", "tenants/acme/quota?user=ann%40example.com", "tenants/acme/quota?user=user-3", "tenants/acme/holds", "tenants/acme/ledger?limit=1000",
            $"tenants/acme/usage?from={Midnight(-2)}&to={Midnight(2)}&groupBy=day,model,key,user", "tenants/acme/webhooks/deliveries", "tenants/acme/book", "catalog",
            .. _requests.Select(id => $"tenants/acme/requests/{id}"),
        ];
        var told = new Dictionary<string, JsonElement>();
        foreach (var path in paths) told[path] = await gateway.AdminAsync(HttpMethod.Get, path);
        Assert.Equal(JsonValueKind.Null, told["tenants/acme/ledger?limit=1000"].GetProperty("nextCursor").ValueKind);
        return told;
    }

    /// <summary>A newer build may tell more; what an older one tells it must tell alike.</summary>
    public static void AssertSame(Dictionary<string, JsonElement> older, Dictionary<string, JsonElement> newer)
    {
        var differences = new List<string>();
        foreach (var (path, told) in older) Compare(path, told, newer[path], differences);
        // Each build names its own edition of the catalog.
        differences.RemoveAll(difference => difference.StartsWith("catalog version:", StringComparison.Ordinal));
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static void Compare(string at, JsonElement older, JsonElement newer, List<string> differences)
    {
        if (older.ValueKind == JsonValueKind.Object && newer.ValueKind == JsonValueKind.Object)
        {
            foreach (var field in older.EnumerateObject().Where(f => !Running.Contains(f.Name) || at == "tenants/acme" && f.Name == "limits"))
            {
                if (newer.TryGetProperty(field.Name, out var value)) Compare($"{at} {field.Name}", field.Value, value, differences);
                else differences.Add($"{at}: {field.Name} is missing");
            }
        }
        else if (older.ValueKind == JsonValueKind.Array && newer.ValueKind == JsonValueKind.Array && older.GetArrayLength() == newer.GetArrayLength())
        {
            foreach (var (index, item) in older.EnumerateArray().Index()) Compare($"{at}[{index}]", item, newer[index], differences);
        }
        else if (!JsonElement.DeepEquals(older, newer))
        {
            differences.Add($"{at}: {older} is now {newer}");
        }
    }

    private string Midnight(int days) => FormattableString.Invariant($"{_made.AddDays(days):yyyy-MM-dd}T00:00:00Z");

    private static string Chat(string user, bool stream) =>
        $$"""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello there"}],"max_tokens":20,"user":"{{user}}","stream":{{(stream ? "true" : "false")}},"x_sim":{"outputTokens":12} }""";

    private async Task<HttpResponseMessage> PostAsync(GatewayProcess gateway, string path, string body, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await gateway.Http.SendAsync(request);
    }
}
