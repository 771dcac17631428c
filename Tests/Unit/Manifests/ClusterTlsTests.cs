using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>The certificates that pods mount are those that somebody makes, and fit the program.</summary>
public sealed class ClusterTlsTests
{
    [Fact]
    public void It_is_on_in_production()
    {
        foreach (var program in new[] { "silo", "webfront" })
            Assert.Equal(
                3,
                Kustomize.Build("production").PodsOf(program).Container.Env
                    .Count(variable => variable.Name.StartsWith("Gateway__ClusterTls__", StringComparison.Ordinal)));
    }

    [Theory, InlineData("silo", "server auth,client auth"), InlineData("webfront", "client auth")]
    public void Cert_manager_fills_the_secrets_that_are_mounted_and_each_role_has_its_uses(string program, string uses)
    {
        var manifest = Kustomize.Build("production", "cluster-tls-cert-manager");
        var mounted = Assert.Single(manifest.PodsOf(program).Pod.Volumes).Secret.SecretName;

        var certificate = Assert.Single(manifest.Others, other => other.Text("kind") == "Certificate" && other.Text("spec", "secretName") == mounted);
        Assert.Equal(["digital signature", .. uses.Split(',')], ((YamlSequenceNode)certificate.At("spec", "usages")!).Select(use => ((YamlScalarNode)use).Value!));
        Assert.Contains(manifest.Others, other => other.Text("kind") == "Issuer" && other.Text("metadata", "name") == certificate.Text("spec", "issuerRef", "name"));
    }

    [Fact]
    public void The_program_fills_the_secrets_that_are_mounted()
    {
        var manifest = Kustomize.Build("production");
        foreach (var role in new[] { CertificateRole.Silo, CertificateRole.WebFront })
            Assert.Equal(role.Secret, Assert.Single(manifest.PodsOf(role.Name).Pod.Volumes).Secret.SecretName);
        var pods = manifest.PodsOf("cluster-certificates");
        Assert.Equal([CertificatesCommand.Name], pods.Container.Args);
        Assert.Equal(manifest.PodsOf("silo").Container.Image, pods.Container.Image);
        Assert.Contains(pods.Container.Env, variable => variable.Name == "POD_NAMESPACE" && variable.ValueFrom.FieldRef.FieldPath == "metadata.namespace");
    }

    [Fact]
    public void What_callers_are_shown_is_no_certificate_of_the_cluster()
    {
        foreach (var overlay in Kustomize.Overlays)
            foreach (var component in new[] { "ingress-nginx", "gateway-api" })
            {
                var manifest = Kustomize.Build(overlay, component);
                // Those of a cluster that has turned TLS on, whether or not this overlay has.
                var own = Kustomize.Build("production").Workloads.Concat(manifest.Workloads).SelectMany(pods => pods.Pod.Volumes ?? []).Select(volume => volume.Secret?.SecretName)
                    .Concat(Kustomize.Build("production").All<V1Role>()
                        .SelectMany(role => role.Rules)
                        .Where(rule => rule.Resources.Contains("secrets"))
                        .SelectMany(rule => rule.ResourceNames ?? []))
                    .OfType<string>()
                    .ToHashSet();
                Assert.Superset(new HashSet<string> { CertificateRole.Silo.Secret, CertificateRole.WebFront.Secret, CertificateKeeper.AuthoritySecret }, own);

                var shown = manifest.All<V1Ingress>().SelectMany(ingress => ingress.Spec.Tls).Select(tls => tls.SecretName)
                    .Concat(manifest.Others.SelectMany(other => other.AllNodes.OfType<YamlMappingNode>())
                        .SelectMany(node => node.At("certificateRefs") is YamlSequenceNode refs ? refs.Select(one => one.Text("name")) : []))
                    .ToList();

                Assert.Equal(component == "ingress-nginx", shown.Count > 0);
                Assert.DoesNotContain(shown, own.Contains);
            }
    }

    [Fact]
    public void What_makes_them_can_be_applied_again_with_another_image_and_a_run_that_hangs_does_not_stop_the_next()
    {
        var manifest = Kustomize.Build("production");
        // A Job's pods cannot be changed: one that is still there would make the second `kubectl apply` fail.
        Assert.Empty(manifest.All<V1Job>());
        var job = manifest.One<V1CronJob>("cluster-certificates").Spec;
        Assert.Equal("Replace", job.ConcurrencyPolicy);
        Assert.Equal("*/5 * * * *", job.Schedule);
        Assert.InRange(job.JobTemplate.Spec.ActiveDeadlineSeconds!.Value, 60, 299);
        Assert.NotNull(job.JobTemplate.Spec.TtlSecondsAfterFinished);
        Assert.InRange(job.JobTemplate.Spec.BackoffLimit!.Value, 1, 5);
        Assert.Equal("Never", job.JobTemplate.Spec.Template.Spec.RestartPolicy);
    }
}
