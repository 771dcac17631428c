using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.WebFront.Admin;

public sealed class WebhooksApiTests : IAsyncLifetime
{
    private const string Deliveries = "tenants/a/webhooks/deliveries";
    private static readonly DateTimeOffset At = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);
    private FakeAdminHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await FakeAdminHost.StartAsync();
        await _host.SendAsync("POST", "tenants", """{"id":"a","webhooks":[{"url":"https://example.com/hook","events":["budget.threshold"]}]}""");
        await _host.SendAsync("POST", "tenants", """{"id":"none"}""");
        for (var i = 1; i <= 3; i++) _host.Grains.Deliveries.Add(Delivery(i, i == 1 ? DeliveryStatus.Dead : DeliveryStatus.Pending));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Deliveries_are_listed_by_pages_the_newest_first()
    {
        var first = await _host.SendAsync("GET", Deliveries + "?limit=2");
        Assert.Equal(["dlv_3", "dlv_2"], first.Json["deliveries"]!.AsArray().Select(d => (string?)d!["id"]));
        var rest = await _host.SendAsync("GET", $"{Deliveries}?limit=2&cursor={first.Json["nextCursor"]}");
        Assert.Equal("dlv_1", (string?)Assert.Single(rest.Json["deliveries"]!.AsArray())!["id"]);
        Assert.Null(rest.Json["nextCursor"]);
        var dead = await _host.SendAsync("GET", Deliveries + "?status=dead");
        Assert.Equal(
            """{"id":"dlv_1","status":"dead","url":"https://example.com/hook","eventId":"evt_1","type":"budget.threshold","at":"2026-06-15T12:00:00Z","data":{"scope":"tenant","window":"day","windowStart":null,"resetsAt":null,"threshold":0.8,"limitUsd":1,"spentUsd":0.9},"createdAt":"2026-06-15T12:00:00Z","attempts":3,"lastAttemptAt":null,"lastStatus":500,"lastError":"no","nextAttemptAt":null,"giveUpAt":null,"deliveredAt":null}""",
            Assert.Single(dead.Json["deliveries"]!.AsArray())!.ToJsonString());
    }

    [Theory]
    [InlineData("?status=lost", "status")]
    [InlineData("?cursor=-1", "cursor")]
    [InlineData("?cursor=dlv_3", "cursor")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?page=2", "page")]
    public async Task A_wrong_query_is_refused_by_its_parameter(string query, string parameter)
    {
        var reply = await _host.SendAsync("GET", Deliveries + query);
        Assert.Equal((400, parameter), (reply.Status, reply.Faults));
    }

    [Fact]
    public async Task A_delivery_begins_anew_and_an_unknown_one_is_not_found()
    {
        var begun = await _host.SendAsync("POST", Deliveries + "/dlv_2/redeliver");
        Assert.Equal((202, "dlv_2"), (begun.Status, (string?)begun.Json["id"]));
        Assert.Contains(_host.Log, line => line.Contains("webhook.redeliver", StringComparison.Ordinal) && line.Contains("dlv_2", StringComparison.Ordinal));
        foreach (var path in new[] { Deliveries + "/dlv_9/redeliver", $"{Deliveries}/{new string('x', 100)}/redeliver" })
        {
            var unknown = await _host.SendAsync("POST", path);
            Assert.Equal((404, "unknown-delivery"), (unknown.Status, unknown.Problem));
        }
    }

    [Fact]
    public async Task A_test_tells_what_each_webhook_answered()
    {
        var reply = await _host.SendAsync("POST", "tenants/a/webhooks/test");
        Assert.Equal(
            """{"results":[{"url":"https://hooks.example/","status":204,"error":null},{"url":"https://b.example/","status":null,"error":"No answer within 00:00:10."}]}""",
            reply.Text);
        Assert.Equal(409, (await _host.SendAsync("POST", "tenants/none/webhooks/test")).Status);
        Assert.Contains(_host.Log, line => line.Contains("webhook.test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tenant_that_is_not_there_has_no_webhooks()
    {
        foreach (var (method, path) in new[] { ("GET", "deliveries"), ("POST", "deliveries/dlv_1/redeliver"), ("POST", "test") })
            Assert.Equal(
                (404, "unknown-tenant"),
                ((await _host.SendAsync(method, "tenants/b/webhooks/" + path)).Status,
                    (await _host.SendAsync(method, "tenants/b/webhooks/" + path)).Problem));
        Assert.Equal(405, (await _host.SendAsync("DELETE", Deliveries)).Status);
    }

    private static WebhookDelivery Delivery(int number, DeliveryStatus status) => new()
    {
        Id = $"dlv_{number}",
        Number = number,
        Url = "https://example.com/hook",
        Status = status,
        CreatedAt = At,
        GiveUpAt = At.AddDays(1),
        Attempts = 3,
        LastStatus = 500,
        LastError = "no",
        Event = new WebhookEvent
        {
            Id = $"evt_{number}",
            Type = WebhookEvent.BudgetThresholdType,
            At = At,
            Threshold = new BudgetThreshold { Scope = "tenant", Window = BudgetWindow.Day, Threshold = 0.8m, LimitUsd = Money.FromUsd(1), SpentUsd = Money.FromUsd(0.9m) },
        },
    };
}
