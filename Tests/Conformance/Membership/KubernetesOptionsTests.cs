using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>Options that cannot work stop the start, all faults in one message.</summary>
public sealed class KubernetesOptionsTests
{
    [Theory]
    [InlineData("Orleans Gateway")]
    [InlineData("Upper")]
    [InlineData("-c")]
    [InlineData("c-")]
    [InlineData("a.b")]
    [InlineData("")]
    [InlineData("c234567890123456789012345678901234567890123456789012345678901234")]
    public void A_cluster_id_that_is_no_name_is_refused(string clusterId) =>
        Assert.Contains("ClusterOptions.ClusterId", Check(_ => { }, clusterId).Message, StringComparison.Ordinal);

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var message = Check(options =>
        {
            options.Namespace = "Not_A_Name";
            options.KubeconfigPath = "/does/not/exist";
            options.PodName = "only-the-name";
            options.RequestTimeout = TimeSpan.Zero;
            options.ThrottleTimeout = TimeSpan.FromHours(1);
            options.WatchTimeout = TimeSpan.FromSeconds(1);
            options.ClientConfiguration = () => new();
        }).Message;

        Assert.All(
            ["Namespace 'Not_A_Name'", "KubeconfigPath", "PodUid", "RequestTimeout", "ThrottleTimeout", "WatchTimeout", "ClientConfiguration"],
            fault => Assert.Contains(fault, message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_context_needs_its_file() => Assert.Contains("KubeconfigContext needs", Check(options => options.KubeconfigContext = "x").Message, StringComparison.Ordinal);

    [Fact]
    public void Options_that_can_work_are_taken()
    {
        using var host = Build(options => (options.Namespace, options.ClientConfiguration) = ("ai-production", () => new()), "orleans-gateway");
        foreach (var validator in host.Services.GetServices<IConfigurationValidator>().OfType<KubernetesClusteringOptionsValidator>()) validator.ValidateConfiguration();
    }

    [Fact]
    public void A_kubeconfig_that_cannot_be_read_is_said()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "kubeconfig");
        File.WriteAllText(path, "current-context: [nothing");

        Assert.Contains("cannot be read", Check(options => options.KubeconfigPath = path).Message, StringComparison.Ordinal);
    }

    private static OrleansConfigurationException Check(Action<KubernetesClusteringOptions> configure, string clusterId = "c")
    {
        using var host = Build(configure, clusterId);
        return Assert.Throws<OrleansConfigurationException>(
            () => host.Services.GetServices<IConfigurationValidator>().OfType<KubernetesClusteringOptionsValidator>().Single().ValidateConfiguration());
    }

    private static IHost Build(Action<KubernetesClusteringOptions> configure, string clusterId) => Host.CreateEmptyApplicationBuilder(null).UseOrleansClient(client =>
    {
        client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (clusterId, "tests"));
        client.UseKubernetesClustering(configure);
    }).Build();
}
