using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OrleansGateway.Tests.Conformance.Membership;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;
using StackExchange.Redis;

namespace OrleansGateway.Tests.Faults;

/// <summary>Starts that are refused, each with one clear message.</summary>
public sealed class StartTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/v1");

    [Fact]
    public async Task All_wrong_settings_are_listed_in_one_message()
    {
        var settings = GatewayProcess.Settings(Nowhere);
        settings["Gateway:Storrage"] = "Redis";
        settings["Gateway:SiloPort"] = "many";
        settings["Gateway:Catalog:Models:m:ContextTokens"] = "-1";
        settings["GATEWAY_ADMIN_KEY"] = "short";
        settings["HOLYSHEEP_BASE_URL"] = "ftp://x";
        settings["Urls"] = "http://127.0.0.1:99999";
        settings["Gateway:Providers:other:BaseAddress"] = "ftp://x";
        settings["Gateway:Providers:other:Models:0"] = "m";

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

        Assert.Equal(1, exitCode);
        foreach (var fault in new[]
        {
            "Gateway:Storrage", "Gateway:SiloPort", "Gateway:Catalog:Models:m:ContextTokens", "Gateway:Catalog:Models:m:Prices",
            "GATEWAY_ADMIN_KEY", "HOLYSHEEP_BASE_URL", "Urls", "Gateway:Providers:other:BaseAddress",
        })
            Assert.Contains(fault, output, StringComparison.Ordinal);
        Assert.Contains("8 settings are wrong:", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("production")]
    public async Task Production_does_not_start_on_the_simulator(string environment)
    {
        var settings = GatewayProcess.Settings(Nowhere);
        settings["HOLYSHEEP_API_KEY"] = "";
        settings["DOTNET_ENVIRONMENT"] = environment;

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("HOLYSHEEP_API_KEY", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_made_is_told_by_its_setting()
    {
        using var folder = new TempFolder();
        var settings = GatewayProcess.Settings(Nowhere);
        settings["Gateway:DataDirectory"] = folder.File("data");
        await File.WriteAllTextAsync(folder.File("data"), "");

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains($"Gateway:DataDirectory: '{folder.File("data")}' cannot be used", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endpoint_without_its_certificate_is_told_without_a_stack_trace()
    {
        using var folder = new TempFolder();
        var settings = GatewayProcess.Settings(Nowhere);
        settings["Gateway:DataDirectory"] = folder.Path;
        settings["Kestrel:Endpoints:Callers:Url"] = "https://127.0.0.1:0";
        settings["Kestrel:Endpoints:Callers:Certificate:Path"] = folder.File("missing.pem");

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("This process cannot listen as it is told to (Urls, Kestrel)", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("another program's")]
    [InlineData("its own management's")]
    [InlineData("its own silo's")]
    [InlineData("https without a certificate")]
    [InlineData("another machine's")]
    public async Task A_silo_that_cannot_listen_says_so_in_one_line_before_it_has_begun(string where)
    {
        using var folder = new TempFolder();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var settings = GatewayProcess.Settings(Nowhere);
        settings["Gateway:DataDirectory"] = folder.Path;
        settings["Gateway:ManagementUrls"] = $"http://127.0.0.1:{FreePorts.Next()}";
        settings["Urls"] = where switch
        {
            "another program's" => $"http://{other.LocalEndpoint}",
            "its own management's" => settings["Gateway:ManagementUrls"],
            "its own silo's" => $"http://127.0.0.1:{settings["Gateway:SiloPort"]}",
            "https without a certificate" => "https://127.0.0.1:0",
            _ => "http://203.0.113.9:0",
        };

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

        Assert.Equal(1, exitCode);
        var lines = output.Split('\n');
        var told = Assert.Single(lines, line => line.Length > 0 && line[0] != '{');
        Assert.Contains(where == "its own silo's" ? "Gateway:SiloPort" : "(Urls, Kestrel)", told, StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Contains("\"@x\"", StringComparison.Ordinal) || line.Contains("\"SourceContext\":\"Orleans.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_web_front_tells_of_a_port_in_use_as_a_silo_does()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var settings = GatewayProcess.Settings(Nowhere);
        settings.ClusteredOnRedis("127.0.0.1:9");
        settings["Gateway:ManagementUrls"] = $"http://{other.LocalEndpoint}";

        var (exitCode, output) = await GatewayProcess.RunFrontToEndAsync(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("Another program listens there: stop it, or choose other ports (Gateway:ManagementUrls).", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_shall_join_through_kubernetes_says_what_it_lacks()
    {
        var settings = GatewayProcess.Settings(Nowhere);
        settings["Gateway:Clustering"] = "Kubernetes";
        settings["KUBECONFIG"] = "";
        settings["HOME"] = "/nonexistent";

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("Gateway:Storage=Embedded belongs to one process, but Gateway:Clustering=Kubernetes joins several", output, StringComparison.Ordinal);
        Assert.Contains("There is no API server to be found", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redis_that_could_forget_what_it_confirmed_is_refused_unless_told_otherwise()
    {
        redis.SkipWhenMissing();
        await using var administration = await ConnectionMultiplexer.ConnectAsync($"{redis.Endpoint},allowAdmin=true");
        await administration.GetServers()[0].ConfigSetAsync("appendfsync", "everysec");
        var settings = GatewayProcess.Settings(Nowhere);
        settings.OnRedis(redis.Endpoint);

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("appendfsync is 'everysec' but must be 'always'", output, StringComparison.Ordinal);
        Assert.Contains("Gateway:AllowUnsafeStore", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);

        settings["Gateway:AllowUnsafeStore"] = "true";
        await using var running = await GatewayProcess.StartAsync(settings);
        using var ready = await running.Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        Assert.True(ready.IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_second_silo_at_the_ports_of_one_that_runs_is_refused_and_a_restart_is_not()
    {
        redis.SkipWhenMissing();
        var settings = GatewayProcess.Settings(Nowhere).ClusteredOnRedis(redis.Endpoint);
        settings["Gateway:AllowUnsafeStore"] = "true";
        var running = await GatewayProcess.StartAsync(settings);
        try
        {
            var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

            Assert.Equal(1, exitCode);
            Assert.Contains("A port of the silo is in use", output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
            Assert.True(await running.IsReadyAsync());

            // Its connection is left waiting at the silo's side when the silo is gone.
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, int.Parse(settings["Gateway:GatewayPort"]!, CultureInfo.InvariantCulture));
            await running.KillAsync();
            await using var next = await GatewayProcess.StartAsync(settings);
        }
        finally
        {
            await running.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_redis_that_goes_away_while_a_silo_joins_the_cluster_is_waited_for()
    {
        redis.SkipWhenMissing();
        await using var proxy = new FaultProxy(redis.Port);
        proxy.LoseNextReplyTo("/members/");
        var settings = GatewayProcess.Settings(Nowhere);
        settings.ClusteredOnRedis($"127.0.0.1:{proxy.Port}");
        settings["Gateway:AllowUnsafeStore"] = "true";

        await using var running = await GatewayProcess.StartAsync(settings);

        Assert.Contains("The store or the API server went away while this process started; it starts again", running.Output, StringComparison.Ordinal);
        await Eventually.BecomesAsync(
            async () => (await running.Http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode, ready => ready, TimeSpan.FromSeconds(30), "Readiness");
    }

    [Fact]
    public async Task An_api_server_that_is_away_when_a_silo_starts_is_waited_for()
    {
        redis.SkipWhenMissing();
        await using var server = await FakeApiServer.StartAsync();
        using var folder = new TempFolder();
        server.GoDown();

        var starting = GatewayProcess.StartAsync(ThroughKubernetes(folder, server));
        await server.Requests.ReachesAsync("get orleansclusters", 2);
        server.Fail(requests: 1);
        server.ComeBack();

        await using var running = await starting;
        Assert.Single(running.Output.Split('\n'), line => line.Contains("membership_awaited", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cluster_without_the_definition_is_told_in_one_message()
    {
        redis.SkipWhenMissing();
        await using var server = await FakeApiServer.StartAsync();
        using var folder = new TempFolder();
        server.IsDefined = false;

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(ThroughKubernetes(folder, server));

        Assert.Equal(1, exitCode);
        Assert.Contains("cannot be created: apply crd/orleansclusters.yaml", output.Split('\n')[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
    }

    private Dictionary<string, string?> ThroughKubernetes(TempFolder folder, FakeApiServer server)
    {
        var settings = GatewayProcess.Settings(Nowhere);
        settings.OnRedis(redis.Endpoint);
        settings["Gateway:Clustering"] = "Kubernetes";
        settings["Gateway:AllowUnsafeStore"] = "true"; // another test here changes it
        settings["KUBECONFIG"] = KubernetesConnectionTests.Kubeconfig(folder, server, server.Token!);
        return settings;
    }
}
