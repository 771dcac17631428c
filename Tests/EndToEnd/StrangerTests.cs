using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>Callers whom nobody knows.</summary>
public sealed class StrangerTests
{
    [Fact]
    public async Task Keys_that_nobody_was_issued_stay_in_no_silos_memory()
    {
        await using var gateway = await TestGateway.StartAsync();
        var known = await gateway.OpenTenantAsync();
        (await known.ChatAsync("""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}]}""")).Dispose();
        for (var i = 0; i < 5; i++)
        {
            var (id, secret) = ApiKeySecret.Create();
            using var refused = await (known with { KeyId = id, Key = secret }).ChatAsync("{}");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        var management = gateway.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
        await Eventually.BecomesAsync(
            async () => (await management.GetDetailedGrainStatistics()).Count(grain => grain.GrainId.Type.ToString() == "api-key"), active => active == 1, TimeSpan.FromSeconds(30), "The known key alone in memory");
    }
}
