using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

public sealed class KeyIndexTests
{
    [Fact]
    public async Task A_key_that_the_index_takes_for_good_and_the_book_does_not_is_refused_soon_after_a_read_with_it()
    {
        await using var gateway = await TestGateway.StartAsync();
        foreach (var path in new[] { "/v1/quota", "/v1/models", "/v1/requests/" + RequestIdFormat.New(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero)) })
        {
            var caller = await gateway.OpenTenantAsync();
            var index = gateway.Services.GetRequiredService<IGrainFactory>().GetGrain<IApiKeyGrain>(caller.KeyId);
            var live = (await index.Find())!;
            await gateway.AdminAsync(HttpMethod.Delete, $"tenants/{caller.TenantId}/keys/{caller.KeyId}");
            // What is left when a process ends between the two.
            await index.Restore(live);

            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new("Bearer", caller.Key) } };
            using var response = await gateway.Http.SendAsync(request);

            await Eventually.BecomesAsync(() => index.Find(), found => found!.Revoked, TimeSpan.FromSeconds(20), "The revocation in the index");
        }
    }
}
