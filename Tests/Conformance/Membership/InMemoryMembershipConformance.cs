using OrleansGateway.Tests.Conformance.Books;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Membership;

[SuiteFor(typeof(InMemoryMembershipTable))]
public sealed class InMemoryMembershipConformance : MembershipConformance
{
    private readonly InMemoryMembershipTable.Clusters _clusters = new();

    protected override IMembershipTable Open(string clusterId) => new InMemoryMembershipTable(_clusters, clusterId);
}
