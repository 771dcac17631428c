using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.Conformance.Membership;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;
using Serilog.Core;

namespace OrleansGateway.Tests.Cluster;

/// <summary>Two silos and a web front whose ports speak TLS, and others who try to get in.</summary>
public sealed class ClusterTlsTests(RedisServer redis) : IClassFixture<RedisServer>, IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly TestAuthority _authority = new();
    private readonly LogCapture _log = new();
    private readonly List<WebApplication> _running = [];
    private CertificateFiles _siloFiles = null!;
    private (int Silo, int Gateway) _ports;

    public ValueTask InitializeAsync()
    {
        using var silo = _authority.Issue("silo", TestAuthority.ServerUse, TestAuthority.ClientUse);
        _siloFiles = new CertificateFiles(_folder.File("silo")).Write(silo, _authority);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Silos_and_a_web_front_talk_with_the_certificates_that_the_program_makes_for_them()
    {
        redis.SkipWhenMissing();
        await using var api = await FakeApiServer.StartAsync();
        var settings = new Dictionary<string, string?> { ["KUBECONFIG"] = KubernetesConnectionTests.Kubeconfig(_folder, api, api.Token!) };
        for (var run = 0; run < 2; run++)
        {
            var (exit, output) = await GatewayProcess.RunToEndAsync(settings, CertificatesCommand.Name);
            Assert.True(exit == 0, output);
            Assert.Equal(run == 0, output.Contains("cluster_certificate_written", StringComparison.Ordinal));
        }

        _siloFiles = Mounted("silo-tls");
        var frontFiles = Mounted("webfront-tls");
        await TalkAsync(frontFiles);

        // A web front is a client: it must not pass for a silo.
        using var front = X509Certificate2.CreateFromPemFile(frontFiles.Certificate, frontFiles.Key);
        Assert.False(IsRefused(await KnockAsync(_ports.Gateway, front)));
        await AssertRefusedAsync(await KnockAsync(_ports.Silo, front));

        // As the kubelet would.
        CertificateFiles Mounted(string secret)
        {
            var folder = Directory.CreateDirectory(_folder.File(secret)).FullName;
            foreach (var (name, value) in (System.Text.Json.Nodes.JsonObject)api.Store.Find("secrets/of-the-context", secret)!["data"]!)
                File.WriteAllBytes(Path.Combine(folder, name), Convert.FromBase64String(value!.GetValue<string>()));
            return new CertificateFiles(folder);
        }
    }

    [Fact]
    public async Task Certificates_that_cannot_be_made_end_the_program_with_a_message()
    {
        await using var api = await FakeApiServer.StartAsync();
        api.Forbid("create secrets");
        var settings = new Dictionary<string, string?> { ["KUBECONFIG"] = KubernetesConnectionTests.Kubeconfig(_folder, api, api.Token!) };

        var (exit, output) = await GatewayProcess.RunToEndAsync(settings, CertificatesCommand.Name);
        await api.StopListeningAsync();
        var (exitWithout, outputWithout) = await GatewayProcess.RunToEndAsync(settings, CertificatesCommand.Name);
        var (exitLost, outputLost) = await GatewayProcess.RunToEndAsync(new Dictionary<string, string?> { ["KUBECONFIG"] = _folder.File("none") }, CertificatesCommand.Name);

        Assert.Equal((1, 1, 1), (exit, exitWithout, exitLost));
        Assert.Contains("address and credentials cannot be read", outputLost, StringComparison.Ordinal);
        Assert.Contains("the API server answered 403", output, StringComparison.Ordinal);
        Assert.Contains("the API server does not answer", outputWithout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_no_certificate_of_the_authority_is_refused_on_both_ports()
    {
        redis.SkipWhenMissing();
        await StartSiloAsync();
        using var strangers = new TestAuthority("Another authority");
        using var stranger = strangers.Issue("silo");
        using var member = _authority.Issue("silo", TestAuthority.ServerUse, TestAuthority.ClientUse);
        using var client = _authority.Issue("webfront", TestAuthority.ClientUse);

        foreach (var port in new[] { _ports.Silo, _ports.Gateway })
        {
            await AssertRefusedAsync(await KnockAsync(port, null));
            await AssertRefusedAsync(await KnockAsync(port, stranger));
            Assert.False(IsRefused(await KnockAsync(port, member)));
        }

        // A web front is a client: it must not pass for a silo.
        Assert.False(IsRefused(await KnockAsync(_ports.Gateway, client)));
        await AssertRefusedAsync(await KnockAsync(_ports.Silo, client));
    }

    [Fact]
    public async Task Who_speaks_no_tls_is_refused()
    {
        redis.SkipWhenMissing();
        await StartSiloAsync();
        using var plain = new TcpClient();
        await plain.ConnectAsync("127.0.0.1", _ports.Gateway);
        await plain.GetStream().WriteAsync(new byte[64]);
        await ReadToEndAsync(plain.GetStream());
        await AssertRefusedAsync(PortOf(plain));
    }

    [Fact]
    public async Task A_renewed_certificate_serves_new_connections_and_a_broken_file_changes_nothing()
    {
        redis.SkipWhenMissing();
        await StartSiloAsync();
        using var client = _authority.Issue("webfront", TestAuthority.ClientUse);
        var first = await CertificateOfAsync(_ports.Gateway, client);

        using var renewed = _authority.Issue("silo", TestAuthority.ServerUse, TestAuthority.ClientUse);
        _siloFiles.Write(renewed, _authority);
        var second = await CertificateOfAsync(_ports.Gateway, client);
        await File.WriteAllTextAsync(_siloFiles.Certificate, "half a cert");
        var third = await CertificateOfAsync(_ports.Gateway, client);

        Assert.NotEqual(first, second);
        Assert.Equal(renewed.Thumbprint, second);
        Assert.Equal(second, third);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _running)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        _folder.Dispose();
        _authority.Dispose();
    }

    // Two silos, a web front, and calls through all of them.
    private async Task TalkAsync(CertificateFiles frontFiles)
    {
        await using var simulator = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulator.StartAsync();
        await StartSiloAsync(simulator.GetSimulator());
        await StartSiloAsync(simulator.GetSimulator());
        var front = WebFrontHost.Build([], builder => builder.Configuration.AddInMemoryCollection(Settings(simulator.GetSimulator(), frontFiles)));
        await front.StartAsync();
        _running.Insert(0, front);
        using var http = PlainClient.Create(new Uri(front.Urls.First()));

        // Enough tenants that both silos have some, and so speak to each other.
        for (var tenant = 0; tenant < 8; tenant++)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
            (await http.PostAsJsonAsync("/admin/v1/tenants", new { id = $"tls-{tenant}" })).EnsureSuccessStatusCode();
            var issued = await (await http.PostAsJsonAsync($"/admin/v1/tenants/tls-{tenant}/keys", new { })).Content.ReadFromJsonAsync<JsonElement>();
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", issued.GetProperty("key").GetString());
            using var answer = await http.PostAsJsonAsync(
                "/v1/chat/completions",
                new { model = "gpt-4.1", max_tokens = 300, stream = true, messages = new[] { new { role = "user", content = new string('x', 100_000) } } });
            Assert.EndsWith("data: [DONE]\n\n", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    private async Task StartSiloAsync(SimulatorHandle? simulator = null)
    {
        var settings = Settings(simulator, _siloFiles);
        settings["Gateway:Http"] = "false";
        _ports = (
            int.Parse(settings["Gateway:SiloPort"]!, System.Globalization.CultureInfo.InvariantCulture),
            int.Parse(settings["Gateway:GatewayPort"]!, System.Globalization.CultureInfo.InvariantCulture));
        var silo = await SiloHost.BuildAsync([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings);
            builder.Services.AddSingleton<ILogEventSink>(_log);
        });
        _running.Add(silo);
        await silo.StartAsync();
    }

    private Dictionary<string, string?> Settings(SimulatorHandle? simulator, CertificateFiles files)
    {
        var settings = GatewayProcess.Settings(simulator?.BaseAddress ?? new Uri("http://127.0.0.1:9/v1"));
        settings["Gateway:ManagementUrls"] = "";
        settings.ClusteredOnRedis(redis.Endpoint);
        foreach (var (name, value) in files.Settings) settings[name] = value;
        return settings;
    }

    // Says something that is no Orleans, so that the silo hangs up in any case; the port it came from.
    private static async Task<string> KnockAsync(int port, X509Certificate2? certificate)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port);
        await using var tls = new SslStream(tcp.GetStream());
        try
        {
            await HandshakeAsync(tls, certificate);
            await tls.WriteAsync(Enumerable.Repeat((byte)0xFF, 64).ToArray());
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
        }

        await ReadToEndAsync(tls);
        return PortOf(tcp);
    }

    private bool IsRefused(string from) => _log.Events.Any(e =>
        e.MessageTemplate.Text.Contains("a port of the cluster was refused", StringComparison.Ordinal)
        && e.Properties["Remote"].ToString().Contains($":{from}\"", StringComparison.Ordinal));

    private Task<bool> AssertRefusedAsync(string from) =>
        Eventually.BecomesAsync(() => Task.FromResult(IsRefused(from)), refused => refused, TimeSpan.FromSeconds(10), $"The refusal of {from}");

    private static async Task<string> CertificateOfAsync(int port, X509Certificate2 certificate)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port);
        await using var tls = new SslStream(tcp.GetStream());
        await HandshakeAsync(tls, certificate);
        return tls.RemoteCertificate!.GetCertHashString();
    }

    private static string PortOf(TcpClient tcp) => ((IPEndPoint)tcp.Client.LocalEndPoint!).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Task HandshakeAsync(SslStream tls, X509Certificate2? certificate) => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
    {
        TargetHost = "silo",
        ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
    });

    private static async Task ReadToEndAsync(Stream stream)
    {
        try
        {
            var buffer = new byte[64];
            while (await stream.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or AuthenticationException or InvalidOperationException)
        {
        }
    }
}
