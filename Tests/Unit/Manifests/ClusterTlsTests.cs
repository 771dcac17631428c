using System.Diagnostics;
using OrleansGateway.Tests.TestKit;
using YamlDotNet.RepresentationModel;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>The certificates that pods mount are those that somebody makes, and fit the program.</summary>
public sealed class ClusterTlsTests
{
    [Fact]
    public void It_is_on_in_production()
    {
        foreach (var pods in Kustomize.Build("production").Workloads)
            Assert.Equal(3, pods.Container.Env.Count(variable => variable.Name.StartsWith("Gateway__ClusterTls__", StringComparison.Ordinal)));
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
    public async Task The_script_makes_certificates_that_the_programs_take_and_renews_them_of_the_same_authority()
    {
        using var folder = new TempFolder();
        await RunScriptAsync(folder.Path);
        var authority = await File.ReadAllTextAsync(folder.File("ca.crt"));
        var first = await File.ReadAllTextAsync(folder.File("silo/tls.crt"));
        await RunScriptAsync(folder.Path);

        foreach (var program in new[] { "silo", "webfront" })
        {
            var options = new ClusterTlsOptions { CertificateFile = folder.File($"{program}/tls.crt"), KeyFile = folder.File($"{program}/tls.key"), CaFile = folder.File($"{program}/ca.crt") };
            Assert.Null(ClusterIdentity.WhyNot(options));
        }

        Assert.Equal(authority, await File.ReadAllTextAsync(folder.File("ca.crt")));
        Assert.NotEqual(first, await File.ReadAllTextAsync(folder.File("silo/tls.crt")));
    }

    private static async Task RunScriptAsync(string folder)
    {
        try
        {
            using var openssl = Process.Start(new ProcessStartInfo("openssl", ["version"]) { RedirectStandardOutput = true })!;
            await openssl.WaitForExitAsync();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("openssl is not installed.");
        }

        using var script = Process.Start(new ProcessStartInfo("bash", [Repository.PathOf("k8s", "cluster-certificates.sh"), folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = script.StandardError.ReadToEndAsync();
        await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, await error);
    }
}
