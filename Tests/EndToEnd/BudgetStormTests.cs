using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>A hard budget under a thousand concurrent calls, on every billable route of one silo on the embedded store.</summary>
public sealed class BudgetStormTests(StormGateway storm) : IClassFixture<StormGateway>
{
    [Theory]
    [MemberData(nameof(StormCall.All), MemberType = typeof(StormCall))]
    public Task A_thousand_calls_against_a_budget_for_a_hundred_spend_exactly_what_fits(string route, bool stream, bool fallback) =>
        new BudgetStorm(storm.Gateway.Simulator, [storm.Gateway.Http], storm.Gateway.AdminAsync).RunAsync(new StormCall(route, stream, fallback));
}

/// <summary>The gateway that all storms of the class go to.</summary>
public sealed class StormGateway : IAsyncLifetime
{
    internal TestGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await TestGateway.StartAsync(StormCall.Settings);

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}
