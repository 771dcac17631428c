using k8s.Models;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>What a pod that is broken into could do: as little as can be.</summary>
public sealed class PodSecurityTests
{
    public static TheoryData<string> Overlays => [.. Kustomize.Overlays];

    [Theory, MemberData(nameof(Overlays))]
    public void Pods_run_without_any_right_they_do_not_need(string overlay)
    {
        foreach (var pods in All(overlay))
        {
            Assert.True(pods.Pod.SecurityContext.RunAsNonRoot);
            Assert.NotEqual(0, pods.Pod.SecurityContext.RunAsUser ?? 0);
            Assert.Equal("RuntimeDefault", pods.Pod.SecurityContext.SeccompProfile.Type);
            Assert.True(pods.Pod.HostNetwork is not true && pods.Pod.HostPID is not true && pods.Pod.HostIPC is not true);
            var container = pods.Container.SecurityContext;
            Assert.False(container.AllowPrivilegeEscalation);
            Assert.True(container.ReadOnlyRootFilesystem);
            Assert.Equal(["ALL"], container.Capabilities.Drop);
            Assert.Null(container.Capabilities.Add);
            Assert.DoesNotContain(pods.Pod.Volumes ?? [], volume => volume.HostPath is not null);
        }
    }

    [Theory, MemberData(nameof(Overlays))]
    public void Only_pods_that_talk_to_the_api_server_have_a_token(string overlay)
    {
        var manifest = Kustomize.Build(overlay, WithRedis(overlay));
        foreach (var pods in manifest.Workloads)
        {
            var bound = manifest.All<V1RoleBinding>().Any(binding => binding.Subjects.Any(subject => subject.Name == pods.Pod.ServiceAccountName));
            Assert.Equal(bound, pods.Pod.AutomountServiceAccountToken);
            Assert.False(manifest.One<V1ServiceAccount>(pods.Pod.ServiceAccountName).AutomountServiceAccountToken);
            // A Service's name in the environment could read as a setting.
            Assert.False(pods.Pod.EnableServiceLinks);
        }
    }

    [Theory, MemberData(nameof(Overlays))]
    public void Memory_is_bounded_and_a_processor_is_not(string overlay)
    {
        foreach (var pods in All(overlay))
        {
            var resources = pods.Container.Resources;
            Assert.Equal(resources.Requests["memory"].ToString(), resources.Limits["memory"].ToString());
            Assert.DoesNotContain("cpu", resources.Limits);
        }
    }

    [Theory, MemberData(nameof(Overlays))]
    public void Images_are_named_with_a_version(string overlay)
    {
        foreach (var pods in All(overlay))
        {
            var tag = pods.Container.Image.Split(':', 2).ElementAtOrDefault(1);
            Assert.False(tag is null or "" or "latest", $"{pods} runs {pods.Container.Image}");
        }
    }

    [Theory, MemberData(nameof(Overlays))]
    public void Every_volume_is_mounted_and_every_mount_has_one(string overlay)
    {
        foreach (var pods in All(overlay))
        {
            var claims = Kustomize.Build(overlay, WithRedis(overlay)).All<V1StatefulSet>()
                .Where(set => set.Metadata.Name == pods.Name)
                .SelectMany(set => set.Spec.VolumeClaimTemplates)
                .Select(claim => claim.Metadata.Name);
            Assert.Equal(
                (pods.Pod.Volumes ?? []).Select(volume => volume.Name).Concat(claims).Order(StringComparer.Ordinal),
                (pods.Container.VolumeMounts ?? []).Select(mount => mount.Name).Order(StringComparer.Ordinal));
        }
    }

    // The local overlay has its Redis; the others get it as an operator would give it to them.
    private static IEnumerable<Workload> All(string overlay) => Kustomize.Build(overlay, WithRedis(overlay)).Workloads;

    private static string[] WithRedis(string overlay) => overlay == "local" ? [] : ["redis"];
}
