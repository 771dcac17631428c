using System.Net;
using k8s.Models;
using OrleansGateway.Tests.TestKit;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>Who reaches which port: whoever gets to the gateway or silo port is part of the cluster.</summary>
public sealed class NetworkTests
{
    private static readonly IPAddress Internet = IPAddress.Parse("203.0.113.7");
    private static readonly IPAddress Inside = IPAddress.Parse("10.96.0.1");
    private static readonly IPAddress Metadata = IPAddress.Parse("169.254.169.254");
    private static readonly Dictionary<string, string> Dns = new() { ["k8s-app"] = "kube-dns" };

    private static Network Split => new(Kustomize.Build("production", "redis"));

    private static Network Combined => new(Kustomize.Build("combined", "redis"));

    [Fact]
    public void Every_port_is_open_to_those_who_need_it_and_to_no_one_else()
    {
        // (from, to, port) that are let through, of all that there could be.
        string[] open =
        [
            "silo silo silo", "silo silo gateway", "webfront silo gateway", "silo redis redis",
        ];
        var manifest = Kustomize.Build("production", "redis");
        var possible = from sender in manifest.Workloads from receiver in manifest.Workloads from port in receiver.Ports select (sender.Name, receiver.Name, port.Name);

        var allowed = possible.Where(path => Split.Allows(path.Item1, path.Item2, path.Item3)).Select(path => $"{path.Item1} {path.Item2} {path.Item3}");

        Assert.Equal(open.Order(StringComparer.Ordinal), allowed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Callers_reach_http_and_only_monitoring_reaches_the_management_port()
    {
        foreach (var (network, front) in new[] { (Split, "webfront"), (Combined, "silo") })
        {
            Assert.True(network.AllowsFrom(null, front, "http"));
            foreach (var program in new[] { front, "silo" })
            {
                Assert.False(network.AllowsFrom(null, program, "management"));
                Assert.False(network.AllowsFrom("another", program, "management"));
                Assert.True(network.AllowsFrom("monitoring", program, "management"));
                foreach (var from in new[] { null, "monitoring", "another" }) Assert.False(network.AllowsFrom(from, "redis", "redis"));
            }

            foreach (var port in new[] { "silo", "gateway" })
                foreach (var from in new[] { null, "monitoring", "another" }) Assert.False(network.AllowsFrom(from, "silo", port));
        }
    }

    [Theory, InlineData("ingress-nginx", "ingress-nginx"), InlineData("gateway-api", "gateway-system")]
    public void With_an_ingress_callers_come_through_it_only(string component, string proxies)
    {
        foreach (var (overlay, front) in new[] { ("production", "webfront"), ("combined", "silo") })
        {
            var network = new Network(Kustomize.Build(overlay, component));
            Assert.True(network.AllowsFrom(proxies, front, "http"));
            Assert.False(network.AllowsFrom(null, front, "http"));
            Assert.False(network.AllowsFrom("another", front, "http"));
        }
    }

    [Fact]
    public void Silos_reach_providers_and_the_api_server_and_nothing_else_inside()
    {
        Assert.True(Split.AllowsTo("silo", Internet, 443));
        Assert.False(Split.AllowsTo("silo", Internet, 80));
        Assert.False(Split.AllowsTo("silo", Metadata, 443));
        Assert.False(Split.AllowsTo("silo", Metadata, 80));
        Assert.True(Split.AllowsTo("silo", IPAddress.Parse("2001:db8::7"), 443));
        Assert.True(Split.AllowsTo("silo", Inside, 443));
        Assert.True(Split.AllowsTo("silo", Inside, 6443));
        Assert.False(Split.AllowsTo("silo", Inside, 8080));
    }

    [Theory, InlineData("production"), InlineData("combined")]
    public void Silos_and_no_one_else_reach_the_redis_that_the_example_of_the_secret_names(string overlay)
    {
        var example = k8s.KubernetesYaml.LoadAllFromString(File.ReadAllText(Repository.PathOf("k8s", "ai-secrets.example.yaml")), null, strict: true).Cast<V1Secret>();
        var redis = Assert.IsType<DnsEndPoint>(Assert.Single(
            ConfigurationOptions.Parse(example.Single(secret => secret.Metadata.Name == "ai-secrets").StringData["redis-connection"]).EndPoints));
        var manifest = Kustomize.Build(overlay);
        var network = new Network(manifest);

        // A managed one is in the provider's private network, or anywhere.
        foreach (var address in new[] { Internet, IPAddress.Parse("10.20.30.40"), IPAddress.Parse("2001:db8::7"), IPAddress.Parse("fd00::7") })
            foreach (var pods in manifest.Workloads)
                foreach (var port in new[] { redis.Port, 6379 }) Assert.Equal(pods.Name == "silo", network.AllowsTo(pods.Name, address, port));
        Assert.False(network.AllowsTo("silo", Internet, redis.Port + 1));
        Assert.Contains("redis-outside", Kustomize.ComponentsOf(overlay));
    }

    [Fact]
    public void Silos_with_a_redis_of_their_own_reach_none_outside() => Assert.False(new Network(Kustomize.Build("local")).AllowsTo("silo", Internet, 6379));

    [Fact]
    public void Web_fronts_reach_the_api_server_and_no_provider()
    {
        Assert.True(Split.AllowsTo("webfront", Inside, 6443));
        Assert.False(Split.AllowsTo("webfront", Internet, 443));
    }

    [Fact]
    public void What_makes_certificates_reaches_the_api_server_and_no_one_else()
    {
        Assert.True(Split.AllowsTo("cluster-certificates", Inside, 443));
        Assert.True(Split.AllowsTo("cluster-certificates", Inside, 6443));
        Assert.False(Split.AllowsTo("cluster-certificates", Internet, 443));
        Assert.False(Split.AllowsTo("cluster-certificates", Metadata, 443));
    }

    [Fact]
    public void Redis_talks_to_no_one_but_the_name_server()
    {
        Assert.False(Split.AllowsTo("redis", Internet, 443));
        Assert.False(Split.AllowsTo("redis", Inside, 443));
    }

    [Fact]
    public void Names_can_be_looked_up_and_every_pod_is_closed_but_for_the_rest()
    {
        foreach (var overlay in Kustomize.Overlays)
        {
            var manifest = Kustomize.Build(overlay);
            var network = new Network(manifest);
            foreach (var pods in manifest.Workloads)
            {
                Assert.True(network.IsClosed(pods));
                Assert.True(network.AllowsTo(pods.Name, "kube-system", Dns, 53));
                Assert.False(network.AllowsTo(pods.Name, "another", Dns, 53));
            }
        }
    }
}
