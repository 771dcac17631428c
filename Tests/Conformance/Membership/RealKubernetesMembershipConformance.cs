using OrleansGateway.Tests.Conformance.Books;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>
/// The same suite against a real API server: <c>GATEWAY_TEST_REAL_KUBERNETES=1</c> and <c>KUBECONFIG</c>. It may do anything in a namespace of its own, and apply the
/// definition.
/// </summary>
[SuiteFor(typeof(KubernetesMembershipTable))]
public sealed class RealKubernetesMembershipConformance(RealApiServer server) : MembershipConformance, IClassFixture<RealApiServer>
{
    [Fact]
    public async Task It_does_what_the_model_does()
    {
        SkipWhenNotWanted();
        await MembershipHistories.CheckAsync(Open, histories: 40);
    }

    protected override IMembershipTable Open(string clusterId)
    {
        SkipWhenNotWanted();
        return server.Handles!.Table(clusterId);
    }

    private static void SkipWhenNotWanted() => Assert.SkipUnless(RealApiServer.IsWanted, "GATEWAY_TEST_REAL_KUBERNETES=1 and KUBECONFIG run this suite against a real API server.");
}
