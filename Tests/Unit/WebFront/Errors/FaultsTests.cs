using Orleans.Runtime.Messaging;
using Orleans.Storage;

namespace OrleansGateway.Tests;

public sealed class FaultsTests
{
    public static TheoryData<Exception> Lost => [
        new TimeoutException(),
        new SiloUnavailableException("gone"),
        new ConnectionFailedException("gone"),
        new InconsistentStateException("gone"),
        // Of a silo that is declared dead and does not know yet.
        new OrleansException("Trying to register tenant/acme on invalid silo: S127.0.0.1:11111:1. Known status: Dead"),
    ];

    [Theory]
    [MemberData(nameof(Lost))]
    public void A_process_that_was_lost_is_the_gateway_changing_over(Exception exception)
    {
        Assert.True(GrainFaults.IsTransient(exception));
        Assert.Equal(GatewayErrorKind.GatewayOverloaded, OrleansGateway.Faults.Of(exception, dispatched: false).Kind);
        var dispatched = OrleansGateway.Faults.Of(exception, dispatched: true);
        // Not a refusal: those cost nothing.
        Assert.Equal(GatewayErrorKind.UpstreamUnavailable, dispatched.Kind);
        Assert.Contains("stays held", dispatched.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_is_named_however_deep_it_is()
    {
        var exception = new OrleansException("Activation failed", new StoreUnavailableException("Redis is away"));

        Assert.False(GrainFaults.IsTransient(exception));
        Assert.Equal(GatewayErrorKind.StoreUnavailable, OrleansGateway.Faults.Of(exception, dispatched: false).Kind);
    }

    [Fact]
    public void What_nobody_foresaw_is_the_gateways_own_fault()
    {
        Assert.False(GrainFaults.IsTransient(new InvalidOperationException()));
        Assert.Equal(GatewayErrorKind.InternalError, OrleansGateway.Faults.Of(new InvalidOperationException(), dispatched: false).Kind);
        Assert.Equal(GatewayErrorKind.InternalError, OrleansGateway.Faults.Of(new WrappedException("not serializable"), dispatched: false).Kind);
    }
}
