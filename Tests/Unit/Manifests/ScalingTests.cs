using System.Globalization;
using k8s.Models;
using OrleansGateway.Tests.TestKit;
using YamlDotNet.RepresentationModel;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>What the contract promises about scaling, and what an HPA needs to work at all.</summary>
public sealed class ScalingTests
{
    public static TheoryData<string> Overlays => [.. Kustomize.Overlays];

    [Theory, InlineData("production"), InlineData("combined")]
    public void Silos_are_scaled_as_the_contract_says(string overlay)
    {
        var spec = Kustomize.Build(overlay).One<V2HorizontalPodAutoscaler>("silo").Spec;

        Assert.Equal((3, 50), (spec.MinReplicas, spec.MaxReplicas));
        Assert.Equal([("cpu", 70), ("memory", 80)], spec.Metrics.Select(metric => (metric.Resource.Name, metric.Resource.Target.AverageUtilization ?? 0)));
        Assert.Equal([(60, 100, 15), (300, 10, 60)], Rules(spec.Behavior.ScaleUp, spec.Behavior.ScaleDown));
    }

    [Theory, MemberData(nameof(Overlays))]
    public void An_autoscaler_can_measure_its_pods_and_owns_their_number(string overlay)
    {
        var manifest = Kustomize.Build(overlay);
        foreach (var hpa in manifest.All<V2HorizontalPodAutoscaler>())
        {
            var pods = manifest.PodsOf(hpa.Spec.ScaleTargetRef.Name);
            foreach (var metric in hpa.Spec.Metrics)
                Assert.True(
                    pods.Container.Resources.Requests.ContainsKey(metric.Resource.Name),
                    $"{pods} asks for no {metric.Resource.Name}: the HPA cannot say what 100 % is");
            Assert.Null(manifest.One<V1Deployment>(pods.Name).Spec.Replicas);
            Assert.InRange(hpa.Spec.MinReplicas ?? 1, 1, hpa.Spec.MaxReplicas);
        }
    }

    [Fact]
    public void Requests_in_flight_are_a_further_measure_beside_the_two()
    {
        var metrics = Kustomize.Build("production", "requests-in-flight").One<V2HorizontalPodAutoscaler>("silo").Spec.Metrics;

        Assert.Equal(["Resource", "Resource", "Pods"], metrics.Select(metric => metric.Type));
        var rules = File.ReadAllText(Repository.PathOf("k8s", "components", "requests-in-flight", "adapter-rule.yaml"));
        var stream = new YamlStream();
        stream.Load(new StringReader(rules));
        Assert.Equal(metrics[2].Pods.Metric.Name, stream.Documents[0].RootNode.Text("0", "name", "as"));
    }

    [Theory, InlineData("production"), InlineData("combined")]
    public void Keda_scales_by_the_same_numbers_and_in_place_of_our_own(string overlay)
    {
        var plain = Kustomize.Build(overlay).One<V2HorizontalPodAutoscaler>("silo").Spec;
        var manifest = Kustomize.Build(overlay, "requests-in-flight-keda");
        var keda = Assert.Single(manifest.Others).At("spec")!;

        Assert.DoesNotContain(manifest.All<V2HorizontalPodAutoscaler>(), hpa => hpa.Metadata.Name == "silo");
        Assert.Equal("silo", manifest.PodsOf(keda.Text("scaleTargetRef", "name")).Name);
        Assert.Equal((Text(plain.MinReplicas), Text(plain.MaxReplicas)), (keda.Text("minReplicaCount"), keda.Text("maxReplicaCount")));
        Assert.Equal(Text(plain.MinReplicas), keda.Text("fallback", "replicas"));
        Assert.Equal(
            ["cpu 70", "memory 80"],
            plain.Metrics.Select((metric, i) => $"{keda.Text("triggers", Text(i), "type")} {keda.Text("triggers", Text(i), "metadata", "value")}"));
        Assert.Contains($"namespace=\"{manifest.Namespace}\"", keda.Text("triggers", "2", "metadata", "query"), StringComparison.Ordinal);
        foreach (var (name, rules) in new[] { ("scaleUp", plain.Behavior.ScaleUp), ("scaleDown", plain.Behavior.ScaleDown) })
        {
            var behavior = keda.At("advanced", "horizontalPodAutoscalerConfig", "behavior", name)!;
            Assert.Equal(Text(rules.StabilizationWindowSeconds), behavior.Text("stabilizationWindowSeconds"));
            Assert.Equal(
                (Text(rules.Policies[0].Value), Text(rules.Policies[0].PeriodSeconds)),
                (behavior.Text("policies", "0", "value"), behavior.Text("policies", "0", "periodSeconds")));
        }
    }

    [Theory, MemberData(nameof(Overlays))]
    public void Every_program_of_ours_keeps_enough_pods_through_a_rollout_and_a_drain(string overlay)
    {
        var manifest = Kustomize.Build(overlay);
        foreach (var deployment in manifest.All<V1Deployment>())
        {
            Assert.Equal(("0", "1"), (deployment.Spec.Strategy.RollingUpdate.MaxUnavailable.Value, deployment.Spec.Strategy.RollingUpdate.MaxSurge.Value));
            Assert.Equal("1", manifest.One<V1PodDisruptionBudget>(deployment.Metadata.Name).Spec.MaxUnavailable.Value);
            Assert.NotEmpty(deployment.Spec.Template.Spec.TopologySpreadConstraints);
        }
    }

    [Theory, MemberData(nameof(Overlays))]
    public void A_drain_takes_no_silo_while_all_of_them_wait_for_the_store_and_is_not_held_up_by_a_web_front(string overlay)
    {
        foreach (var budget in Kustomize.Build(overlay).All<V1PodDisruptionBudget>().Where(budget => budget.Metadata.Name is "silo" or "webfront"))
            Assert.Equal(budget.Metadata.Name == "silo" ? null : "AlwaysAllow", budget.Spec.UnhealthyPodEvictionPolicy);
    }

    private static IEnumerable<(int?, int, int)> Rules(params V2HPAScalingRules[] rules) => rules.Select(rule =>
    {
        var policy = Assert.Single(rule.Policies);
        Assert.Equal("Percent", policy.Type);
        return (rule.StabilizationWindowSeconds, policy.Value, policy.PeriodSeconds);
    });

    private static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
