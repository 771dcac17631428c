using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OrleansGateway;

/// <summary>Who this process is to the others of its cluster, and whom it believes: what the files said at one time.</summary>
internal sealed class ClusterIdentity
{
    /// <summary>What the certificate of a server says that it is for.</summary>
    public static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");

    /// <summary>What the certificate of a client says that it is for.</summary>
    public static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");

    private readonly string _files;
    private readonly X509Certificate2Collection _authorities = [];

    private ClusterIdentity(string files, string certificate, string key, string authorities)
    {
        _files = files;
        _authorities.ImportFromPem(authorities);
        if (_authorities.Count == 0) throw new CryptographicException("the file of the authority has no certificate");

        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        if (chain.Count == 0) throw new CryptographicException("the certificate's file has no certificate");
        var own = X509Certificate2.CreateFromPem(certificate, key);
        chain.RemoveAt(0);
        Check(own, chain);
        Certificate = SslStreamCertificateContext.Create(own, chain, offline: true);
    }

    public SslStreamCertificateContext Certificate { get; }

    /// <summary>The files as they are now; <paramref name="last"/> while they have not changed.</summary>
    public static ClusterIdentity Read(ClusterTlsOptions options, ClusterIdentity? last = null)
    {
        var (certificate, key, authorities) = (File.ReadAllText(options.CertificateFile!), File.ReadAllText(options.KeyFile!), File.ReadAllText(options.CaFile!));
        var files = string.Concat(certificate, key, authorities);
        return last?._files == files ? last : new ClusterIdentity(files, certificate, key, authorities);
    }

    /// <summary>What is wrong with the files; null when nothing is.</summary>
    public static string? WhyNot(ClusterTlsOptions options)
    {
        try
        {
            Read(options);
            return null;
        }
        catch (Exception e) when (IsFault(e))
        {
            return e.Message;
        }
    }

    /// <summary>Files that are not there, or are no certificates.</summary>
    public static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    /// <summary>Believe servers: only silos' certificates are good for that. Names are not compared: pods are reached by addresses that no certificate can know.</summary>
    public X509ChainPolicy ForServers(DateTimeOffset now) => At(now, Policy(ServerUse));

    /// <summary>Believe clients; <paramref name="silosOnly"/> those that could be servers too.</summary>
    public X509ChainPolicy ForClients(bool silosOnly, DateTimeOffset now) => At(now, silosOnly ? Policy(ClientUse, ServerUse) : Policy(ClientUse));

    // Without this it is the machine's clock that counts.
    private static X509ChainPolicy At(DateTimeOffset now, X509ChainPolicy policy)
    {
        (policy.VerificationTime, policy.VerificationTimeIgnored) = (now.UtcDateTime, false);
        return policy;
    }

    // A certificate that does not say what it is for is good for all.
    private X509ChainPolicy Policy(params ReadOnlySpan<Oid> uses)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(_authorities);
        foreach (var use in uses) policy.ApplicationPolicy.Add(use);
        return policy;
    }

    private void Check(X509Certificate2 own, X509Certificate2Collection between)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(ClientUse) };
        chain.ChainPolicy.ExtraStore.AddRange(between);
        if (!chain.Build(own))
            throw new CryptographicException($"the certificate {own.Subject} would be refused by the others: "
                + string.Join(" ", chain.ChainStatus.Select(status => status.StatusInformation.Trim())));
    }
}
