using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OrleansGateway;

/// <summary>
/// The authority of one cluster: says which certificates are still good, and issues those that are not anew (docs/adr/0023-the-cluster-makes-its-certificates.md).
/// </summary>
internal sealed class ClusterAuthority : IDisposable
{
    private static readonly TimeSpan OwnLife = TimeSpan.FromDays(3650);
    private static readonly TimeSpan Life = TimeSpan.FromDays(90);

    // For clocks that are behind.
    private static readonly TimeSpan Backdated = TimeSpan.FromMinutes(5);

    private readonly TlsFiles _files;
    private readonly X509Certificate2 _certificate;

    private ClusterAuthority(TlsFiles files, X509Certificate2 certificate) => (_files, _certificate) = (files, certificate);

    /// <summary>A new one, as its secret keeps it.</summary>
    public static TlsFiles Make(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = CertificateOf(
            key, new X500DistinguishedName("CN=orleans-gateway cluster"), new X509SubjectKeyIdentifierExtension(new PublicKey(key), critical: false), now);
        return new TlsFiles(certificate, key.ExportPkcs8PrivateKeyPem(), certificate);
    }

    /// <summary>
    /// From its secret; throws <see cref="CryptographicException"/> or <see cref="ArgumentException"/> when that has no authority of which certificates would
    /// be believed.
    /// </summary>
    public static ClusterAuthority Read(TlsFiles files)
    {
        var certificate = X509Certificate2.CreateFromPem(files.Certificate, files.Key);
        try
        {
            if (certificate.GetECDsaPrivateKey() is null) throw new CryptographicException("the authority's key is not of an elliptic curve");
            if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
                throw new CryptographicException("the certificate of the authority is none of an authority");
            if (!Certificates(files.Authorities).Any(certificate.Equals))
                throw new CryptographicException("ca.crt, which silos and web fronts believe, lacks the authority in tls.crt");
            return new ClusterAuthority(files, certificate);
        }
        catch
        {
            certificate.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The same authority with a new certificate, when less than a third of its life is left; null while it is good. Its key stays, so that who believes one of the two
    /// certificates believes what was issued under the other.
    /// </summary>
    public TlsFiles? Renewal(DateTimeOffset now)
    {
        if (!IsDue(_certificate, now)) return null;
        using var key = _certificate.GetECDsaPrivateKey()!;
        var renewed = CertificateOf(key, _certificate.SubjectName, KeyIdentifier, now);
        var others = Certificates(_files.Authorities)
            .Where(other => !other.GetPublicKey().AsSpan().SequenceEqual(_certificate.GetPublicKey()))
            .Select(other => other.ExportCertificatePem());
        return new TlsFiles(renewed, _files.Key, string.Join('\n', others.Prepend(renewed)));
    }

    /// <summary>What a role's secret shall have in place of what it has, and why; null when it is good.</summary>
    public (TlsFiles Files, string Reason)? Renewal(TlsFiles? has, CertificateRole role, DateTimeOffset now)
    {
        if (has is null) return (Issue(role, now), "there was none");
        if (WhyNot(has, role, now) is { } fault) return (Issue(role, now), fault);
        return has.Authorities == _files.Authorities ? null : (has with { Authorities = _files.Authorities }, "the authorities to believe have changed");
    }

    public void Dispose() => _certificate.Dispose();

    // One that somebody else made may have none.
    private X509SubjectKeyIdentifierExtension? KeyIdentifier => _certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault();

    private TlsFiles Issue(CertificateRole role, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={role.Name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. role.Uses], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (KeyIdentifier is { } issuer) request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuer));

        // Within the authority's own life, also when another process with a faster clock has just made that.
        var (first, last) = (Later(now - Backdated, _certificate.NotBefore), Earlier(now + Life, _certificate.NotAfter));
        using var certificate = request.Create(_certificate, first, last, RandomNumberGenerator.GetBytes(16));
        return new TlsFiles(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), _files.Authorities);
    }

    private string? WhyNot(TlsFiles has, CertificateRole role, DateTimeOffset now)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(has.Certificate, has.Key);
            if (IsDue(certificate, now)) return "less than a third of its life was left";
            var uses = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(extension => extension.EnhancedKeyUsages.Cast<Oid>()).Select(use => use.Value);
            if (!uses.Order(StringComparer.Ordinal).SequenceEqual(role.Uses.Select(use => use.Value).Order(StringComparer.Ordinal))) return "it was for other uses";
            return IsIssued(certificate, now) ? null : "it was of another authority, or not good yet";
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return $"it could not be read: {e.Message}";
        }
    }

    private bool IsIssued(X509Certificate2 certificate, DateTimeOffset now)
    {
        using var chain = new X509Chain
        {
            ChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                VerificationTime = now.UtcDateTime,
                VerificationTimeIgnored = false,
            },
        };
        chain.ChainPolicy.CustomTrustStore.Add(_certificate);
        return chain.Build(certificate);
    }

    private static string CertificateOf(ECDsa key, X500DistinguishedName name, X509SubjectKeyIdentifierExtension? identifier, DateTimeOffset now)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        if (identifier is not null) request.CertificateExtensions.Add(identifier);
        using var certificate = request.CreateSelfSigned(now - Backdated, now + OwnLife);
        return certificate.ExportCertificatePem();
    }

    private static bool IsDue(X509Certificate2 certificate, DateTimeOffset now)
    {
        DateTimeOffset first = certificate.NotBefore, last = certificate.NotAfter;
        return last - now < (last - first) / 3;
    }

    private static X509Certificate2Collection Certificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        return certificates;
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
