using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OrleansGateway.Tests.TestKit;

/// <summary>An authority that makes certificates for a test.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string ServerUse = "1.3.6.1.5.5.7.3.1";
    public const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _certificate;

    public TestAuthority(string name = "Test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        _certificate = request.CreateSelfSigned(Now.AddHours(-1), Now.AddDays(1));
    }

    public string Pem => _certificate.ExportCertificatePem();

    // Connections are checked by the machine's own clock.
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>A certificate with its key; for all uses when none is said.</summary>
    public X509Certificate2 Issue(string name, params string[] uses) => Issue(name, TimeSpan.FromHours(12), uses);

    public X509Certificate2 Issue(string name, TimeSpan life, params string[] uses)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (uses.Length > 0)
        {
            var oids = new OidCollection();
            foreach (var use in uses) oids.Add(new Oid(use));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, critical: false));
        }

        using var signed = request.Create(_certificate, Now.AddMinutes(-30), Now + life, RandomNumberGenerator.GetBytes(8));
        using var withKey = signed.CopyWithPrivateKey(key);
        // A key that was not exported cannot be used by both ends of a connection.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    public void Dispose() => _certificate.Dispose();
}

/// <summary>The three files of <c>Gateway:ClusterTls</c>, in a folder as a mounted secret has them.</summary>
internal sealed class CertificateFiles(string folder)
{
    public string Certificate => Path.Combine(folder, "tls.crt");

    public string Key => Path.Combine(folder, "tls.key");

    public string Authority => Path.Combine(folder, "ca.crt");

    public Dictionary<string, string?> Settings => new()
    {
        ["Gateway:ClusterTls:CertificateFile"] = Certificate,
        ["Gateway:ClusterTls:KeyFile"] = Key,
        ["Gateway:ClusterTls:CaFile"] = Authority,
    };

    public CertificateFiles Write(X509Certificate2 certificate, params TestAuthority[] authorities)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Key, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Authority, string.Join('\n', authorities.Select(authority => authority.Pem)));
        return this;
    }
}
