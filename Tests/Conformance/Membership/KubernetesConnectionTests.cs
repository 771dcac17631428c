using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>How the API server and the namespace are found, and tokens renewed, when the answer is a file.</summary>
public sealed class KubernetesConnectionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "of-the-context")]
    [InlineData("of-the-options", "of-the-options")]
    public async Task A_kubeconfig_says_where_the_server_is_and_which_namespace(string? chosen, string expected)
    {
        await using var server = await FakeApiServer.StartAsync();
        using var folder = new TempFolder();
        var path = Kubeconfig(folder, server, "first-token");

        using var connection = new KubernetesConnection(new KubernetesClusteringOptions { KubeconfigPath = path, Namespace = chosen });

        Assert.Equal(expected, connection.Namespace);
    }

    [Fact]
    public async Task A_token_that_was_exchanged_in_the_kubeconfig_is_read_anew()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var folder = new TempFolder();
        var path = Kubeconfig(folder, server, "first-token");
        using var handles = new KubernetesHandles(() => throw new InvalidOperationException("The file is used."));
        (handles.Options.ClientConfiguration, handles.Options.KubeconfigPath) = (null, path);
        var table = handles.Table("c");
        await table.InitializeMembershipTableAsync(true, Cancelled);

        server.Token = "second-token";
        Kubeconfig(folder, server, "second-token");

        Assert.Empty((await table.ReadAllAsync(Cancelled)).Members);
    }

    [Fact]
    public async Task A_configuration_that_is_one_object_is_taken_too()
    {
        await using var server = await FakeApiServer.StartAsync();
        var configuration = server.Configuration();
        using var handles = new KubernetesHandles(() => configuration);
        var table = handles.Table("c");
        await table.InitializeMembershipTableAsync(true, Cancelled);

        server.Token = "second-token";

        await Assert.ThrowsAsync<k8s.Autorest.HttpOperationException>(() => table.ReadAllAsync(Cancelled));
    }

    internal static string Kubeconfig(TempFolder folder, FakeApiServer server, string token)
    {
        var path = Path.Combine(folder.Path, "kubeconfig");
        File.WriteAllText(path, $$"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters: [{name: test, cluster: {server: "{{server.Address}}"} }]
            users: [{name: test, user: {token: {{token}} } }]
            contexts: [{name: test, context: {cluster: test, user: test, namespace: of-the-context} }]
            """);
        return path;
    }
}
