using System.Security.Cryptography;

namespace OrleansGateway;

/// <summary>Whose certificate it is, and what it is good for: with a web front's no one passes for a silo.</summary>
internal sealed record CertificateRole(string Name, params Oid[] Uses)
{
    public static readonly CertificateRole Silo = new("silo", ClusterIdentity.ServerUse, ClusterIdentity.ClientUse);
    public static readonly CertificateRole WebFront = new("webfront", ClusterIdentity.ClientUse);

    /// <summary>The secret that its pods mount.</summary>
    public string Secret => $"{Name}-tls";
}
