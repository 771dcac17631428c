using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Changes of a version that was seen, through the whole gateway.</summary>
[Collection(nameof(SharedGateway))]
public sealed class VersionTests(SharedGateway shared)
{
    private TestGateway Gateway => shared.Gateway;

    [Fact]
    public async Task Of_rotations_of_one_version_at_once_one_is_made()
    {
        var caller = await Gateway.OpenTenantAsync();
        var path = $"tenants/{caller.TenantId}/keys";
        var key = (await Gateway.AdminAsync(HttpMethod.Post, path, "{}")).GetProperty("id").GetString();

        var statuses = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
            (await SendAsync(HttpMethod.Post, $"{path}/{key}/rotate", "\"v1\"", """{"graceSeconds":60}""")).Status));

        Assert.Equal([HttpStatusCode.Created, .. Enumerable.Repeat(HttpStatusCode.PreconditionFailed, 5)], statuses.Order());
        Assert.Equal(
            (HttpStatusCode.PreconditionFailed, HttpStatusCode.OK),
            ((await SendAsync(HttpMethod.Delete, $"{path}/{key}", "\"v1\"")).Status,
                (await SendAsync(HttpMethod.Delete, $"{path}/{key}", "\"v2\"")).Status));
    }

    [Fact]
    public async Task An_adjustment_is_booked_of_the_tenants_version_that_was_seen()
    {
        var caller = await Gateway.OpenTenantAsync();
        var path = $"tenants/{caller.TenantId}/adjustments";
        const string Refund = """{"kind":"refund","amountUsd":1,"reason":"outage"}""";

        Assert.Equal((HttpStatusCode.Created, "\"v1\""), await SendAsync(HttpMethod.Post, path, "\"v1\"", Refund));
        Assert.Equal((HttpStatusCode.PreconditionFailed, null), await SendAsync(HttpMethod.Post, path, "\"v2\"", Refund));
        Assert.Single(await caller.LedgerAsync());
    }

    private async Task<(HttpStatusCode Status, string? Tag)> SendAsync(HttpMethod method, string path, string ifMatch, string? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/admin/v1/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        request.Headers.Add("If-Match", ifMatch);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Gateway.Http.SendAsync(request);
        return (response.StatusCode, response.Headers.ETag?.ToString());
    }
}
