using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>
/// The API server of <c>KUBECONFIG</c>, when the run is told to use it: a namespace for this run, deleted with it, and the definition, kept if it was there before.
/// </summary>
public sealed class RealApiServer : IAsyncLifetime
{
    private const string Switch = "GATEWAY_TEST_REAL_KUBERNETES";

    private readonly string _namespace = $"membership-{Guid.NewGuid():N}"[..24];
    private Kubernetes? _client;
    private bool _defined;

    public static bool IsWanted => Environment.GetEnvironmentVariable(Switch) == "1";

    internal KubernetesHandles? Handles { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (!IsWanted) return;
        Assert.False(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBECONFIG")), $"{Switch}=1 needs KUBECONFIG.");
        _client = new Kubernetes(KubernetesClientConfiguration.BuildDefaultConfig());
        var definition = KubernetesYaml.Deserialize<V1CustomResourceDefinition>(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "crd", "orleansclusters.yaml")));
        try
        {
            await _client.ApiextensionsV1.CreateCustomResourceDefinitionAsync(definition);
            _defined = true;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
        {
            // There already, and not ours to change.
        }

        await EstablishedAsync(definition.Name());
        await _client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = _namespace } });
        Handles = new KubernetesHandles(KubernetesClientConfiguration.BuildDefaultConfig);
        Handles.Options.Namespace = _namespace;
    }

    public async ValueTask DisposeAsync()
    {
        Handles?.Dispose();
        if (_client is null) return;
        await _client.CoreV1.DeleteNamespaceAsync(_namespace);
        if (_defined) await _client.ApiextensionsV1.DeleteCustomResourceDefinitionAsync("orleansclusters.orleans.gateway.dev");
        _client.Dispose();
    }

    private async Task EstablishedAsync(string name) => await TestKit.Eventually.BecomesAsync(
        () => _client!.ApiextensionsV1.ReadCustomResourceDefinitionAsync(name),
        definition => definition.Status?.Conditions?.Any(condition => condition is { Type: "Established", Status: "True" }) == true,
        TimeSpan.FromSeconds(30),
        "the definition");
}
