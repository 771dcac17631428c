using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.ClusterTls;

/// <summary>What certificates look like, when they are issued anew, and who believes whom meanwhile.</summary>
public sealed class ClusterAuthorityTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TlsFiles _files = ClusterAuthority.Make(Start);
    private readonly ClusterAuthority _authority;

    public ClusterAuthorityTests() => _authority = ClusterAuthority.Read(_files);

    [Fact]
    public void Silos_are_servers_and_clients_and_web_fronts_are_clients_only()
    {
        using var silo = Certificate(Issue(CertificateRole.Silo, Start));
        using var front = Certificate(Issue(CertificateRole.WebFront, Start));

        Assert.Equal([TestAuthority.ServerUse, TestAuthority.ClientUse], UsesOf(silo));
        Assert.Equal([TestAuthority.ClientUse], UsesOf(front));
        Assert.Equal(("CN=silo", "CN=webfront"), (silo.Subject, front.Subject));
        foreach (var certificate in new[] { silo, front })
        {
            Assert.Equal(Start.UtcDateTime.AddDays(90), certificate.NotAfter.ToUniversalTime());
            Assert.True(certificate.NotBefore.ToUniversalTime() < Start.UtcDateTime);
            Assert.Equal(ECCurve.NamedCurves.nistP256.Oid.Value, certificate.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
            Assert.Contains(certificate.Extensions.OfType<X509BasicConstraintsExtension>(), extension => !extension.CertificateAuthority);
            Assert.True(Believes(_files.Authorities, certificate, Start));
        }

        Assert.NotEqual(silo.SerialNumber, front.SerialNumber);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(59, false)]
    [InlineData(61, true)]
    [InlineData(91, true)]
    public void A_certificate_is_issued_anew_when_less_than_a_third_of_its_life_is_left(int days, bool isDue)
    {
        var has = Issue(CertificateRole.Silo, Start);

        var renewal = _authority.Renewal(has, CertificateRole.Silo, Start.AddDays(days));

        Assert.Equal(isDue, renewal is not null);
        if (renewal is not { } due) return;
        using var certificate = Certificate(due.Files);
        Assert.Equal(Start.UtcDateTime.AddDays(days + 90), certificate.NotAfter.ToUniversalTime());
        Assert.NotEqual(has.Key, due.Files.Key);
    }

    [Fact]
    public void A_certificate_that_is_not_what_the_role_needs_is_issued_anew()
    {
        var front = Issue(CertificateRole.WebFront, Start);
        using var another = ClusterAuthority.Read(ClusterAuthority.Make(Start));
        var stranger = another.Renewal(null, CertificateRole.Silo, Start)!.Value.Files;
        var silo = Issue(CertificateRole.Silo, Start);

        Assert.Equal("it was for other uses", ReasonFor(front));
        Assert.Equal("it was of another authority, or not good yet", ReasonFor(stranger));
        Assert.Equal("it was of another authority, or not good yet", _authority.Renewal(silo, CertificateRole.Silo, Start.AddHours(-1))!.Value.Reason);
        Assert.StartsWith("it could not be read", ReasonFor(silo with { Key = front.Key }), StringComparison.Ordinal);
        Assert.StartsWith("it could not be read", ReasonFor(silo with { Certificate = "" }), StringComparison.Ordinal);
        Assert.StartsWith("it could not be read", ReasonFor(silo with { Key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" }), StringComparison.Ordinal);
        Assert.Null(_authority.Renewal(silo, CertificateRole.Silo, Start));

        string? ReasonFor(TlsFiles files) => _authority.Renewal(files, CertificateRole.Silo, Start)?.Reason;
    }

    [Fact]
    public void The_authority_is_renewed_with_its_key_and_both_of_its_certificates_believe_what_either_issued()
    {
        Assert.Null(_authority.Renewal(Start.AddDays(2400)));
        var late = Start.AddDays(2450);
        var before = Issue(CertificateRole.Silo, late);
        var renewed = _authority.Renewal(late)!;
        using var authority = ClusterAuthority.Read(renewed);
        var after = authority.Renewal(null, CertificateRole.Silo, late)!.Value.Files;

        using var old = Certificate(before);
        using var young = Certificate(after);
        foreach (var believer in new[] { _files.Authorities, renewed.Authorities })
            foreach (var certificate in new[] { old, young }) Assert.True(Believes(believer, certificate, late));
        Assert.Equal(_files.Key, renewed.Key);
        Assert.Null(authority.Renewal(late));

        // The certificate stays; only whom its holder believes is written anew.
        var (files, reason) = authority.Renewal(before, CertificateRole.Silo, late)!.Value;
        Assert.Equal("the authorities to believe have changed", reason);
        Assert.Equal(before with { Authorities = renewed.Authorities }, files);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void An_authority_that_an_operator_made_is_renewed_under_its_own_name(bool hasIdentifier)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest("CN=Ours, O=Acme", key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        if (hasIdentifier)
            request.CertificateExtensions.Add(
                new X509SubjectKeyIdentifierExtension(request.PublicKey, X509SubjectKeyIdentifierHashAlgorithm.CapiSha1, critical: false));
        using var made = request.CreateSelfSigned(Start, Start.AddDays(900));
        var files = new TlsFiles(made.ExportCertificatePem(), key.ExportECPrivateKeyPem(), made.ExportCertificatePem());
        using var before = ClusterAuthority.Read(files);
        var issued = before.Renewal(null, CertificateRole.Silo, Start.AddDays(650))!.Value.Files;

        var renewed = before.Renewal(Start.AddDays(650))!;
        using var after = ClusterAuthority.Read(renewed);
        Assert.Equal(issued with { Authorities = renewed.Authorities }, after.Renewal(issued, CertificateRole.Silo, Start.AddDays(651))!.Value.Files);
        using var young = Certificate(after.Renewal(null, CertificateRole.Silo, Start.AddDays(651))!.Value.Files);
        Assert.True(Believes(files.Authorities, young, Start.AddDays(651)));
    }

    [Fact]
    public void No_certificate_outlives_its_authority()
    {
        var last = Start.AddDays(3650);
        using var certificate = Certificate(Issue(CertificateRole.Silo, last.AddDays(-10)));
        Assert.Equal(last.UtcDateTime, certificate.NotAfter.ToUniversalTime());
    }

    [Fact]
    public void One_authority_takes_the_place_of_another_while_both_are_believed()
    {
        var has = Issue(CertificateRole.Silo, Start);
        var next = ClusterAuthority.Make(Start);
        var both = $"{_files.Authorities}\n{next.Authorities}";

        // First both are believed,
        using var first = ClusterAuthority.Read(_files with { Authorities = both });
        var (prepared, _) = first.Renewal(has, CertificateRole.Silo, Start)!.Value;
        Assert.Equal(has with { Authorities = both }, prepared);

        // then the new one issues,
        using var second = ClusterAuthority.Read(next with { Authorities = both });
        var (changed, reason) = second.Renewal(prepared, CertificateRole.Silo, Start)!.Value;
        Assert.Equal("it was of another authority, or not good yet", reason);
        using var certificate = Certificate(changed);
        Assert.True(Believes(prepared.Authorities, certificate, Start));
        Assert.False(Believes(_files.Authorities, certificate, Start));

        // then the old one is no longer believed.
        using var third = ClusterAuthority.Read(next);
        Assert.Equal(changed with { Authorities = next.Authorities }, third.Renewal(changed, CertificateRole.Silo, Start)!.Value.Files);
    }

    [Fact]
    public void An_authority_that_nobody_would_believe_is_refused()
    {
        var other = ClusterAuthority.Make(Start);
        Assert.Contains("lacks the authority", FaultOf(_files with { Authorities = other.Authorities }), StringComparison.Ordinal);
        Assert.Contains("none of an authority", FaultOf(Issue(CertificateRole.Silo, Start)), StringComparison.Ordinal);
        FaultOf(_files with { Key = other.Key });
        FaultOf(new TlsFiles("", "", ""));
    }

    public void Dispose() => _authority.Dispose();

    private static string FaultOf(TlsFiles files)
    {
        var fault = Record.Exception(() => ClusterAuthority.Read(files));
        Assert.True(fault is CryptographicException or ArgumentException, $"{fault}");
        return fault.Message;
    }

    private TlsFiles Issue(CertificateRole role, DateTimeOffset now)
    {
        var (files, reason) = _authority.Renewal(null, role, now)!.Value;
        Assert.Equal("there was none", reason);
        return files;
    }

    private static X509Certificate2 Certificate(TlsFiles files) => X509Certificate2.CreateFromPem(files.Certificate, files.Key);

    private static IEnumerable<string?> UsesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(use => use.Value);

    private static bool Believes(string authorities, X509Certificate2 certificate, DateTimeOffset now)
    {
        using var chain = new X509Chain
        {
            ChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                VerificationTime = now.UtcDateTime,
                VerificationTimeIgnored = false,
            },
        };
        chain.ChainPolicy.CustomTrustStore.ImportFromPem(authorities);
        return chain.Build(certificate);
    }
}
