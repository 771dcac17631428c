using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Models;

namespace OrleansGateway;

/// <summary>
/// A silo's heartbeat: a Lease of its own (<c>coordination.k8s.io/v1</c>) that only it writes and nobody watches. <c>kubectl get leases</c> shows the silo as the holder.
/// </summary>
internal static class SiloLease
{
    /// <summary>The label that tells a cluster's leases from those of others in the namespace.</summary>
    public const string ClusterLabel = "orleans.gateway.dev/cluster";

    private static readonly JsonSerializerOptions LeavesNullsOut = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Of a silo in a cluster. Hashed: an address of IPv6 is not a name, and a cluster's id may end as another's address begins.</summary>
    public static string NameOf(string clusterId, SiloAddress silo)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{clusterId}/{silo.ToParsableString()}"));
        return $"{clusterId}-{Convert.ToHexStringLower(hash.AsSpan(0, 12))}";
    }

    /// <summary>
    /// The whole of it, for server-side apply. Written by hand: the client's own model leaves the fraction of a full second away, which the API server refuses.
    /// </summary>
    public static V1Patch Heartbeat(string clusterId, SiloAddress silo, DateTime at, V1OwnerReference? owner) => new(
        JsonSerializer.Serialize(new
        {
            apiVersion = "coordination.k8s.io/v1",
            kind = "Lease",
            metadata = new
            {
                name = NameOf(clusterId, silo),
                labels = new Dictionary<string, string> { [ClusterLabel] = clusterId },
                ownerReferences = owner is null ? null : new[] { new { apiVersion = owner.ApiVersion, kind = owner.Kind, name = owner.Name, uid = owner.Uid } },
            },
            spec = new { holderIdentity = silo.ToParsableString(), renewTime = WireTime.Micro(at) },
        }, LeavesNullsOut),
        V1Patch.PatchType.ApplyPatch);

    /// <summary>The pod whose end is the lease's; not its controller, and nothing waits for the lease.</summary>
    public static V1OwnerReference? OwnerOf(string? podName, string? podUid) =>
        string.IsNullOrEmpty(podName) || string.IsNullOrEmpty(podUid) ? null : new V1OwnerReference { ApiVersion = "v1", Kind = "Pod", Name = podName, Uid = podUid };

    /// <summary>Whose heartbeat it is; null when somebody else made it.</summary>
    public static (SiloAddress Silo, DateTime At)? Read(V1Lease lease) =>
        SiloAddress.TryParse(lease.Spec?.HolderIdentity, out var silo) && lease.Spec.RenewTime is { } at ? (silo, at.ToUniversalTime()) : null;
}
