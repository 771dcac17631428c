using System.Net;
using System.Net.Sockets;
using System.Text;
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
            async () => (await management.GetDetailedGrainStatistics()).Count(grain => grain.GrainId.Type.ToString() == "api-key"),
            active => active == 1,
            TimeSpan.FromSeconds(30),
            "The known key alone in memory");
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("GET /health HTTP/1.1\r\nHost: localhost\r\n", "HTTP/1.1 408 ")]
    [InlineData("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 ")]
    public async Task Whoever_says_nothing_or_not_enough_is_hung_up_on(string said, string told)
    {
        await using var gateway = await TestGateway.StartAsync(
            new Dictionary<string, string?> { ["Kestrel:Limits:RequestHeadersTimeout"] = "00:00:01", ["Kestrel:Limits:KeepAliveTimeout"] = "01:00:00" });
        using var connection = new TcpClient();
        await connection.ConnectAsync(gateway.Address.Host, gateway.Address.Port, TestContext.Current.CancellationToken);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(said), TestContext.Current.CancellationToken);

        using var reader = new StreamReader(stream);
        Assert.StartsWith(
            told,
            await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }
}
