using OrleansGateway.Tests.Conformance.Books;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Membership;

public sealed class MembershipSuitesTests
{
    [Fact]
    public void Every_membership_table_has_a_conformance_suite()
    {
        var tables = typeof(KubernetesMembershipTable).Assembly.GetTypes().Append(typeof(InMemoryMembershipTable))
            .Where(type => type.IsClass && !type.IsAbstract && type.IsAssignableTo(typeof(IMembershipTable)));
        var covered = typeof(MembershipConformance).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(MembershipConformance)))
            .SelectMany(type => type.GetCustomAttributes(typeof(SuiteForAttribute), inherit: false))
            .Select(suite => ((SuiteForAttribute)suite).Implementation);

        Assert.Equal(tables.Select(type => type.Name).Order(), covered.Select(type => type.Name).Distinct().Order());
    }
}
