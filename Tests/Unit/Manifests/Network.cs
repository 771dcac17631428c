using k8s.Models;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>What the network policies of a manifest let through, worked out as Kubernetes does: a pod that any policy selects is closed but for what its policies allow.</summary>
internal sealed class Network(Manifest manifest)
{
    /// <summary>From one of our pods to another.</summary>
    public bool Allows(string from, string to, string port)
    {
        var (sender, receiver) = (manifest.PodsOf(from), manifest.PodsOf(to));
        return AllowsOut(sender, port, receiver, peer => IsPod(peer, receiver)) && AllowsIn(receiver, port, peer => IsPod(peer, sender));
    }

    /// <summary>To one of our pods, from a pod of another namespace; from outside the cluster when there is none.</summary>
    public bool AllowsFrom(string? @namespace, string to, string port) => AllowsIn(manifest.PodsOf(to), port, peer =>
        @namespace is not null && peer.NamespaceSelector is { } namespaces && peer.PodSelector is null && namespaces.Selects(NamespaceLabels(@namespace)));

    /// <summary>From one of our pods to an address.</summary>
    public bool AllowsTo(string from, System.Net.IPAddress address, int port) => AllowsOut(manifest.PodsOf(from), $"{port}", null, peer =>
        peer.IpBlock is { } block
            && System.Net.IPNetwork.Parse(block.Cidr).Contains(address)
            && !(block.Except ?? []).Any(but => System.Net.IPNetwork.Parse(but).Contains(address)));

    /// <summary>From one of our pods to some pod of another namespace.</summary>
    public bool AllowsTo(string from, string @namespace, IDictionary<string, string> labels, int port) => AllowsOut(manifest.PodsOf(from), $"{port}", null, peer =>
        peer.NamespaceSelector is { } namespaces && namespaces.Selects(NamespaceLabels(@namespace)) && (peer.PodSelector is null || peer.PodSelector.Selects(labels)));

    public bool IsClosed(Workload pods) => For(pods, "Ingress").Any() && For(pods, "Egress").Any();

    private bool AllowsIn(Workload receiver, string port, Func<V1NetworkPolicyPeer, bool> isSender) => For(receiver, "Ingress").SelectMany(policy => policy.Spec.Ingress ?? [])
        .Any(rule => IsPort(rule.Ports, receiver, port) && (rule.FromProperty is not { Count: > 0 } from || from.Any(isSender)));

    private bool AllowsOut(Workload sender, string port, Workload? receiver, Func<V1NetworkPolicyPeer, bool> isReceiver) => For(sender, "Egress")
        .SelectMany(policy => policy.Spec.Egress ?? [])
        .Any(rule => IsPort(rule.Ports, receiver, port) && (rule.To is not { Count: > 0 } to || to.Any(isReceiver)));

    private IEnumerable<V1NetworkPolicy> For(Workload pods, string direction) =>
        manifest.All<V1NetworkPolicy>().Where(policy => policy.Spec.PolicyTypes.Contains(direction) && policy.Spec.PodSelector.Selects(pods.Labels));

    private static bool IsPod(V1NetworkPolicyPeer peer, Workload pods) =>
        peer.IpBlock is null && peer.NamespaceSelector is null && peer.PodSelector is { } selector && selector.Selects(pods.Labels);

    // A policy may name a port or give its number; the pod says which is which.
    private static bool IsPort(IList<V1NetworkPolicyPort>? ports, Workload? pods, string port) => ports is not { Count: > 0 }
        || ports.Any(open => open.Port.Value == port
            || (pods?.Ports.Any(own =>
                (own.Name == port && $"{own.ContainerPort}" == open.Port.Value)
                || ($"{own.ContainerPort}" == port && own.Name == open.Port.Value)) ?? false));

    private static Dictionary<string, string> NamespaceLabels(string @namespace) => new() { ["kubernetes.io/metadata.name"] = @namespace };
}
