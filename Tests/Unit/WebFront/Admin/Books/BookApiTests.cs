namespace OrleansGateway.Tests.Unit.WebFront.Admin;

public sealed class BookApiTests : AdminApiTests
{
    [Fact]
    public async Task A_frozen_book_is_shown_and_goes_on_once_the_loss_is_signed_for()
    {
        _host.Grains["acme"].Book = new BookStatus { State = BookState.Frozen, Known = 12, Found = 10, Since = _host.Time.GetUtcNow(), Problem = "lost", Action = "restore" };

        var shown = await _host.SendAsync("GET", "tenants/acme/book");
        var accepted = await _host.SendAsync("POST", "tenants/acme/book/recovery", """{"action":"accept-loss","reason":"no backup","actor":"ann"}""");
        var again = await _host.SendAsync("POST", "tenants/acme/book/recovery", """{"action":"accept-loss","reason":"no backup","actor":"ann"}""");

        Assert.Equal((200, "frozen", 12, 10), (shown.Status, shown.Json!["state"]!.GetValue<string>(), shown.Json["known"]!.GetValue<int>(), shown.Json["found"]!.GetValue<int>()));
        Assert.Equal((200, "ok", "ann"), (accepted.Status, accepted.Json!["state"]!.GetValue<string>(), accepted.Json["recovery"]!["actor"]!.GetValue<string>()));
        Assert.Equal((409, "conflict"), (again.Status, again.Problem));
        Assert.Contains(_host.Log, line => line.Contains("admin_recovery", StringComparison.Ordinal) && line.Contains("accepted by ann: no backup", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{}""", "invalid-value")]
    [InlineData("""{"action":"AcceptLoss","reason":"r","actor":"a"}""", "invalid-value")]
    [InlineData("""{"action":1}""", "invalid-value")]
    [InlineData("""{"action":"accept-loss"}""", "invalid-value")]
    [InlineData("""{"action":"accept-loss","reason":" ","actor":"a"}""", "invalid-value")]
    [InlineData("""{"action":"accept-loss","reason":"r","actor":"a\u0007"}""", "invalid-value")]
    [InlineData("""{"action":"recheck","force":true}""", "invalid-value")]
    [InlineData("""[]""", "invalid-json")]
    public async Task What_is_not_an_action_signed_for_is_refused(string body, string problem)
    {
        var reply = await _host.SendAsync("POST", "tenants/acme/book/recovery", body);

        Assert.Equal((400, problem), (reply.Status, reply.Problem));
    }

    [Fact]
    public async Task A_recheck_needs_no_reason_and_unknown_tenants_have_no_book()
    {
        Assert.Equal(200, (await _host.SendAsync("POST", "tenants/acme/book/recovery", """{"action":"recheck"}""")).Status);
        foreach (var tenant in new[] { "nobody", "No-Id" })
        {
            Assert.Equal((404, "unknown-tenant"), await ProblemOfAsync("GET", $"tenants/{tenant}/book", null));
            Assert.Equal((404, "unknown-tenant"), await ProblemOfAsync("POST", $"tenants/{tenant}/book/recovery", """{"action":"recheck"}"""));
        }
        Assert.Equal(405, (await _host.SendAsync("DELETE", "tenants/acme/book")).Status);

        async Task<(int, string?)> ProblemOfAsync(string method, string path, string? body)
        {
            var reply = await _host.SendAsync(method, path, body);
            return (reply.Status, reply.Problem);
        }
    }
}
