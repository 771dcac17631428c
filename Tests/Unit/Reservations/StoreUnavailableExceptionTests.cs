using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Unit.Reservations;

public sealed class StoreUnavailableExceptionTests
{
    [Fact]
    public void It_crosses_to_another_process_with_what_the_stores_client_said()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var cause = new RedisException("The socket is gone.");
        Exception thrown = new StoreUnavailableException("Redis did not confirm.", cause) { IsLoss = true };

        var arrived = Assert.IsType<StoreUnavailableException>(serializer.Deserialize<Exception>(serializer.SerializeToArray(thrown)));

        Assert.Equal(("Redis did not confirm.", true), (arrived.Message, arrived.IsLoss));
        Assert.Contains("The socket is gone.", arrived.InnerException!.Message, StringComparison.Ordinal);
    }
}
