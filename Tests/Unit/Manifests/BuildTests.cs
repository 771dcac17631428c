using k8s.Models;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>Every overlay, alone and with each component, builds, loads strictly and hangs together.</summary>
public sealed class BuildTests
{
    // Kinds without an official model, and what each must say.
    private static readonly Dictionary<string, string[][]> Custom = new()
    {
        ["gateway.networking.k8s.io/v1 HTTPRoute"] = [["spec", "parentRefs", "0", "name"], ["spec", "hostnames", "0"], ["spec", "rules", "0", "backendRefs", "0", "port"]],
        ["external-secrets.io/v1 ExternalSecret"] = [["spec", "secretStoreRef", "name"], ["spec", "target", "name"], ["spec", "data", "0", "remoteRef", "key"]],
        ["monitoring.coreos.com/v1 ServiceMonitor"] = [["spec", "selector", "matchLabels"], ["spec", "endpoints", "0", "port"]],
        ["monitoring.coreos.com/v1 PrometheusRule"] = [["spec", "groups", "0", "rules", "0", "expr"]],
        ["cert-manager.io/v1 Issuer"] = [["spec"]],
        ["cert-manager.io/v1 Certificate"] = [["spec", "secretName"], ["spec", "issuerRef", "name"]],
        ["keda.sh/v1alpha1 ScaledObject"] = [["spec", "scaleTargetRef", "name"], ["spec", "triggers", "0", "type"]],
    };

    public static TheoryData<string, string?> Builds
    {
        get
        {
            var builds = new TheoryData<string, string?>();
            foreach (var overlay in Kustomize.Overlays)
            {
                builds.Add(overlay, null);
                if (overlay != "local")
                    foreach (var component in Kustomize.Components.Except(Kustomize.ComponentsOf(overlay))) builds.Add(overlay, component);
            }

            return builds;
        }
    }

    [Theory, MemberData(nameof(Builds))]
    public void It_builds_and_loads_strictly(string overlay, string? component)
    {
        var manifest = Build(overlay, component);

        foreach (var other in manifest.Others)
        {
            var needed = Assert.Contains($"{other.Text("apiVersion")} {other.Text("kind")}", (IReadOnlyDictionary<string, string[][]>)Custom);
            foreach (var path in needed) Assert.NotNull(other.At(path));
        }

        var names = manifest.Models.Select(model => $"{model.Kind} {model.Metadata.Name}").ToList();
        Assert.Equal(names.Distinct(), names);
    }

    [Theory, MemberData(nameof(Builds))]
    public void All_of_it_is_in_one_namespace_that_admits_only_restricted_pods(string overlay, string? component)
    {
        var manifest = Build(overlay, component);
        Assert.Equal("restricted", manifest.One<V1Namespace>(manifest.Namespace).Metadata.Labels["pod-security.kubernetes.io/enforce"]);
        foreach (var model in manifest.Models.Where(model => model is not V1Namespace and not V1CustomResourceDefinition))
            Assert.Equal(manifest.Namespace, model.Metadata.NamespaceProperty);
        foreach (var other in manifest.Others) Assert.Equal(manifest.Namespace, other.Text("metadata", "namespace"));
        foreach (var subject in manifest.All<V1RoleBinding>().SelectMany(binding => binding.Subjects)) Assert.Equal(manifest.Namespace, subject.NamespaceProperty);
    }

    [Theory, MemberData(nameof(Builds))]
    public void Whatever_selects_finds_something(string overlay, string? component)
    {
        var manifest = Build(overlay, component);
        var pods = manifest.Workloads.ToList();

        foreach (var pod in pods)
        {
            if (pod.Selector is { } selector)
            {
                Assert.True(selector.Selects(pod.Labels), $"{pod} does not select its own pods");
                Assert.Equal([pod], pods.Where(other => selector.Selects(other.Labels)));
            }

            foreach (var constraint in pod.Pod.TopologySpreadConstraints ?? []) Assert.True(constraint.LabelSelector.Selects(pod.Labels), $"{pod} is spread by labels it has not");
        }

        foreach (var service in manifest.All<V1Service>())
            foreach (var selected in Selected(service, pods))
                foreach (var port in service.Spec.Ports)
                    Assert.Contains(selected.Ports, open => open.Name == port.TargetPort.Value);

        foreach (var budget in manifest.All<V1PodDisruptionBudget>()) Assert.Single(pods, pod => budget.Spec.Selector.Selects(pod.Labels));
        foreach (var policy in manifest.All<V1NetworkPolicy>()) Assert.Contains(pods, pod => policy.Spec.PodSelector.Selects(pod.Labels));
        foreach (var hpa in manifest.All<V2HorizontalPodAutoscaler>())
            Assert.Contains(pods, pod => (pod.Kind, pod.Name) == (hpa.Spec.ScaleTargetRef.Kind, hpa.Spec.ScaleTargetRef.Name));
        foreach (var (accounts, binding) in manifest.All<V1RoleBinding>().Select(binding => (binding.Subjects, binding)))
        {
            Assert.Contains(manifest.All<V1Role>(), role => role.Metadata.Name == binding.RoleRef.Name);
            foreach (var account in accounts) Assert.Contains(pods, pod => pod.Pod.ServiceAccountName == account.Name);
        }

        foreach (var set in manifest.All<V1StatefulSet>()) Assert.Contains(manifest.All<V1Service>(), service => service.Metadata.Name == set.Spec.ServiceName);
    }

    [Theory, InlineData("production"), InlineData("combined")]
    public void Callers_are_led_to_a_port_that_serves_them(string overlay)
    {
        Assert.Equal("LoadBalancer", Kustomize.Build(overlay).One<V1Service>("webfront").Spec.Type);

        var ingress = Kustomize.Build(overlay, "ingress-nginx");
        Assert.Equal("ClusterIP", ingress.One<V1Service>("webfront").Spec.Type);
        var path = Assert.Single(Assert.Single(ingress.One<V1Ingress>("webfront").Spec.Rules).Http.Paths);
        Assert.Contains(ingress.One<V1Service>(path.Backend.Service.Name).Spec.Ports, port => port.Name == path.Backend.Service.Port.Name);
        Assert.Equal("off", ingress.One<V1Ingress>("webfront").Metadata.Annotations["nginx.ingress.kubernetes.io/proxy-buffering"]);

        var route = Kustomize.Build(overlay, "gateway-api");
        Assert.Equal("ClusterIP", route.One<V1Service>("webfront").Spec.Type);
        var rule = Assert.Single(route.Others).At("spec", "rules", "0")!;
        Assert.Contains(route.One<V1Service>(rule.Text("backendRefs", "0", "name")).Spec.Ports, port => $"{port.Port}" == rule.Text("backendRefs", "0", "port"));
        Assert.Equal("0s", rule.Text("timeouts", "request"));
    }

    [Fact]
    public void Proxies_wait_longer_than_the_longest_answer()
    {
        var annotations = Kustomize.Build("production", "ingress-nginx").One<V1Ingress>("webfront").Metadata.Annotations;
        foreach (var side in new[] { "read", "send" })
            Assert.True(
                TimeSpan.FromSeconds(int.Parse(annotations[$"nginx.ingress.kubernetes.io/proxy-{side}-timeout"], System.Globalization.CultureInfo.InvariantCulture))
                > new TenantOptions().StreamHoldLife);
    }

    [Fact]
    public void The_monitor_finds_the_management_port_of_every_program_of_ours()
    {
        var manifest = Kustomize.Build("production", "service-monitor");
        var monitor = Assert.Single(manifest.Others);
        var service = Assert.Single(manifest.All<V1Service>(), service =>
            service.Metadata.Labels.TryGetValue("orleans.gateway.dev/metrics", out var value)
            && monitor.Text("spec", "selector", "matchLabels", "orleans.gateway.dev/metrics") == value);
        Assert.Contains(service.Spec.Ports, port => port.Name == monitor.Text("spec", "endpoints", "0", "port"));
        Assert.Equal(["silo", "webfront"], Selected(service, manifest.Workloads).Select(pod => pod.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_secret_of_the_example_and_of_the_outside_store_has_what_the_pods_ask_for()
    {
        var example = k8s.KubernetesYaml
            .LoadAllFromString(File.ReadAllText(Repository.PathOf("k8s", "ai-secrets.example.yaml")), null, strict: true)
            .Cast<V1Secret>()
            .ToDictionary(secret => secret.Metadata.Name);
        var outside = Assert.Single(Kustomize.Build("production", "external-secrets").Others);
        Assert.Equal("ai-secrets", outside.Text("spec", "target", "name"));
        var outsideKeys = ((YamlDotNet.RepresentationModel.YamlSequenceNode)outside.At("spec", "data")!).Select(entry => entry.Text("secretKey"));

        var asked = Kustomize.Overlays.SelectMany(overlay => Kustomize.Build(overlay).Workloads)
            .SelectMany(pod => pod.Container.Env ?? []).Select(variable => variable.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>().ToList();

        Assert.All(asked, key => Assert.Equal("ai-secrets", key.Name));
        Assert.Equal(["admin-key", "holysheep-api-key", "redis-connection"], asked.Select(key => key.Key).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(asked.Select(key => key.Key).Distinct().Order(StringComparer.Ordinal), example["ai-secrets"].StringData.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(asked.Select(key => key.Key).Distinct().Order(StringComparer.Ordinal), outsideKeys.Order(StringComparer.Ordinal));
        foreach (var overlay in new[] { "production", "combined" }) Assert.Empty(Kustomize.Build(overlay).All<V1Secret>());
    }

    [Fact]
    public void The_definition_of_the_membership_table_is_the_librarys() =>
        Assert.Equal(
            File.ReadAllText(Repository.PathOf("Clustering.Kubernetes", "crd", "orleansclusters.yaml")),
            File.ReadAllText(Repository.PathOf("k8s", "base", "orleansclusters.yaml")));

    private static Manifest Build(string overlay, string? component) => component is null ? Kustomize.Build(overlay) : Kustomize.Build(overlay, component);

    private static List<Workload> Selected(V1Service service, IEnumerable<Workload> pods)
    {
        var selected = pods.Where(pod => service.Spec.Selector.Selects(pod.Labels)).ToList();
        Assert.True(selected.Count > 0, $"The Service {service.Metadata.Name} selects no pod");
        return selected;
    }
}
