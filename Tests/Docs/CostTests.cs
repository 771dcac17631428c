using OrleansGateway.Benchmarks;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Docs;

/// <summary><c>docs/cost.md</c> says what the gateway's routing and prices say.</summary>
public sealed class CostTests
{
    [Fact]
    public void The_page_is_what_its_command_prints() => Assert.Equal(File.ReadAllText(Repository.PathOf("docs", "cost.md")), CostPage.Write());
}
