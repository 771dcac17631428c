using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>Tests with an API server of their own, and handles on it.</summary>
public abstract class ApiServerTests : IAsyncLifetime
{
    private protected FakeApiServer Server { get; private set; } = null!;

    private protected KubernetesHandles Handles { get; private set; } = null!;

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Server = await FakeApiServer.StartAsync();
        Handles = new KubernetesHandles(Server.Configuration);
        await PrepareAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        Handles.Dispose();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What is there before a test begins.</summary>
    private protected virtual Task PrepareAsync() => Task.CompletedTask;
}
