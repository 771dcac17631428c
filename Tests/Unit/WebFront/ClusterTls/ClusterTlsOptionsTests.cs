using Microsoft.Extensions.Configuration;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.WebFront.ClusterTls;

/// <summary>Settings of TLS that cannot work stop the start, as all others do.</summary>
public sealed class ClusterTlsOptionsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestAuthority _authority = new();

    [Fact]
    public void It_is_off_when_nothing_is_set() => Assert.False(Read([], []).IsOn);

    [Fact]
    public void Files_that_fit_together_turn_it_on()
    {
        using var certificate = _authority.Issue("silo");
        Assert.True(Read(new CertificateFiles(_folder.File("silo")).Write(certificate, _authority).Settings, []).IsOn);
    }

    [Fact]
    public void One_file_without_the_others_is_a_fault()
    {
        var faults = new List<string>();
        Read(new Dictionary<string, string?> { ["Gateway:ClusterTls:KeyFile"] = "/etc/cluster-tls/tls.key" }, faults);
        Assert.Equal(["Gateway:ClusterTls:CertificateFile and Gateway:ClusterTls:CaFile: must be set too: TLS between silos and clients needs all three files"], faults);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var faults = new List<string>();
        var files = new CertificateFiles(_folder.File("nobody"));
        Read(files.Settings, faults);
        Assert.Contains(files.Certificate, Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_another_certificate_is_a_fault()
    {
        using var certificate = _authority.Issue("silo");
        using var other = _authority.Issue("other");
        var files = new CertificateFiles(_folder.File("silo")).Write(certificate, _authority);
        File.Copy(new CertificateFiles(_folder.File("other")).Write(other, _authority).Key, files.Key, overwrite: true);

        var faults = new List<string>();
        Read(files.Settings, faults);

        Assert.StartsWith("Gateway:ClusterTls:CertificateFile and Gateway:ClusterTls:KeyFile and Gateway:ClusterTls:CaFile: ", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_the_others_would_refuse_is_a_fault()
    {
        using var stranger = new TestAuthority("Another authority");
        using var unknown = stranger.Issue("silo");
        using var expired = _authority.Issue("silo", TimeSpan.FromMinutes(-1));
        foreach (var certificate in new[] { unknown, expired })
        {
            var faults = new List<string>();
            Read(new CertificateFiles(_folder.File("silo")).Write(certificate, _authority).Settings, faults);
            Assert.Contains("the certificate CN=silo would be refused by the others", Assert.Single(faults), StringComparison.Ordinal);
        }
    }

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }

    private static ClusterTlsOptions Read(Dictionary<string, string?> settings, ICollection<string> faults) =>
        GatewayOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), faults).ClusterTls;
}
