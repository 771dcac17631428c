using OrleansGateway.Tests.Conformance.Books;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Conformance.Membership;

[SuiteFor(typeof(KubernetesMembershipTable))]
public sealed class KubernetesMembershipConformance : MembershipConformance, IAsyncLifetime
{
    private FakeApiServer? _server;
    private KubernetesHandles? _handles;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _handles = new KubernetesHandles(_server.Configuration);
    }

    public async ValueTask DisposeAsync()
    {
        _handles!.Dispose();
        await _server!.DisposeAsync();
    }

    protected override IMembershipTable Open(string clusterId) => _handles!.Table(clusterId);
}
