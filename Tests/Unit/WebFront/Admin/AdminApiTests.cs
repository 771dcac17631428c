using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.WebFront.Admin;

/// <summary>Tests of the control plane that begin with one tenant, <c>acme</c>.</summary>
public abstract class AdminApiTests : IAsyncLifetime
{
    private protected FakeAdminHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await FakeAdminHost.StartAsync();
        await _host.SendAsync("POST", "tenants", """{"id":"acme"}""");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
