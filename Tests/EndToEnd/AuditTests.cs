using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Who changed what, when, through a whole gateway.</summary>
public sealed class AuditTests
{
    // What each answer was named, in the order they came.
    private readonly List<string> _ids = [];

    [Fact]
    public async Task Every_change_is_written_down_with_who_asked_for_it_and_how_it_ended_and_reads_are_not()
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.Equal(201, await SendAsync(gateway, HttpMethod.Post, "tenants", """{"id":"acme"}""", "ann@example.com"));
        Assert.Equal(200, await SendAsync(gateway, HttpMethod.Get, "tenants/acme"));
        Assert.Equal(200, await SendAsync(gateway, HttpMethod.Patch, "tenants/acme", """{"name":"Acme"}"""));
        Assert.Equal(400, await SendAsync(gateway, HttpMethod.Patch, "tenants/acme", """{"nme":"Acme"}"""));
        Assert.Equal(401, await SendAsync(gateway, HttpMethod.Delete, "tenants/acme", key: "not-the-admin-key-0123456789abcdef012345"));

        var entries = await Eventually.BecomesAsync(
            () => EntriesAsync(gateway, "audit"),
            e => e.Count == 3 && e.TrueForAll(x => x.GetProperty("status").ValueKind == JsonValueKind.Number),
            TimeSpan.FromSeconds(30),
            "Three changes and their ends");

        Assert.Equal(
            [("POST", "/admin/v1/tenants", 201, "ann@example.com"), ("PATCH", "/admin/v1/tenants/acme", 200, null), ("PATCH", "/admin/v1/tenants/acme", 400, null)],
            entries.Select(e => (e.GetProperty("method").GetString(), e.GetProperty("path").GetString(), e.GetProperty("status").GetInt32(), e.GetProperty("actor").GetString())));
        Assert.Equal([_ids[0], _ids[2], _ids[3]], entries.Select(e => e.GetProperty("id").GetString()));
        Assert.Equal(_ids.Count, _ids.Distinct().Count());
        Assert.Equal(["\"v1\"", "\"v2\"", null], entries.Select(e => e.GetProperty("version").GetString()));
        Assert.All(entries, e => Assert.Equal(("configured", "127.0.0.1"), (e.GetProperty("key").GetString(), e.GetProperty("remote").GetString())));

        var first = await gateway.AdminAsync(HttpMethod.Get, "audit?limit=2");
        var rest = await EntriesAsync(gateway, $"audit?limit=2&cursor={first.GetProperty("nextCursor").GetString()}");
        Assert.Equal(entries[2].GetProperty("id").GetString(), Assert.Single(rest).GetProperty("id").GetString());
        Assert.Equal(400, await SendAsync(gateway, HttpMethod.Get, "audit?cursor=x"));
        Assert.Equal(405, await SendAsync(gateway, HttpMethod.Delete, "audit"));
    }

    private static async Task<List<JsonElement>> EntriesAsync(TestGateway gateway, string path) =>
        [.. (await gateway.AdminAsync(HttpMethod.Get, path)).GetProperty("entries").EnumerateArray()];

    private async Task<int> SendAsync(TestGateway gateway, HttpMethod method, string path, string? body = null, string? actor = null, string key = TestGateway.AdminKey)
    {
        using var request = new HttpRequestMessage(method, $"/admin/v1/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (actor is not null) request.Headers.Add("x-gateway-actor", actor);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await gateway.Http.SendAsync(request);
        _ids.Add(response.Headers.GetValues("x-request-id").Single());
        return (int)response.StatusCode;
    }
}
