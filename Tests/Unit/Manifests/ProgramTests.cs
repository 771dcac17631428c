using System.Net;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>The manifests against the programs themselves: settings, ports, probes and how long a stop takes.</summary>
public sealed class ProgramTests : IDisposable
{
    // The runtime's own, which no code of ours asks for.
    private static readonly string[] OfTheRuntime = ["DOTNET_EnableDiagnostics"];

    // What pods have mounted.
    private readonly TempFolder _mounted = new();

    /// <summary>Each program of ours, wherever it is deployed.</summary>
    public static TheoryData<string, string> Programs => new()
    {
        { "production", "silo" },
        { "production", "webfront" },
        { "combined", "silo" },
        { "local", "silo" },
        { "local", "webfront" },
    };

    [Theory, MemberData(nameof(Programs))]
    public async Task Every_variable_is_one_that_the_program_reads(string overlay, string name)
    {
        var container = Container(overlay, name);
        var settings = new AskedSettings(SettingsOf(container));
        await using var app = await BuildAsync(name, settings);

        var unread = container.Env.Select(variable => variable.Name)
            .Except(OfTheRuntime)
            .Where(variable => !settings.Asked.Contains(variable.Replace("__", ":", StringComparison.Ordinal)) && !IsReadByTheMembershipTable(variable));
        Assert.Equal([], unread);
    }

    [Theory, MemberData(nameof(Programs))]
    public void The_settings_have_no_fault(string overlay, string name)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(SettingsOf(Container(overlay, name))).Build();
        var faults = new List<string>();
        if (name == "silo")
        {
            if (Record.Exception(() => SiloSettings.Read(configuration)) is SettingsException e) faults.AddRange(e.Faults);
        }
        else
        {
            ClusterClient.Check(GatewayOptions.Read(configuration, faults), configuration, faults);
        }

        // A pod finds its API server by the token mounted into it, of which there is none here.
        var outside = new KubernetesClusteringOptions().FindFault();
        Assert.All(faults, fault => Assert.EndsWith(outside ?? "no fault", fault, StringComparison.Ordinal));
        Assert.Equal(Clustering.Kubernetes, GatewayOptions.Read(configuration, []).Clustering);
    }

    [Theory, MemberData(nameof(Programs))]
    public void The_ports_are_those_it_listens_on(string overlay, string name)
    {
        var container = Container(overlay, name);
        var settings = SettingsOf(container);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var gateway = GatewayOptions.Read(configuration, []);
        var listens = new Dictionary<string, int> { ["management"] = PortOf(gateway.ManagementUrls) };
        if (name == "silo") (listens["silo"], listens["gateway"]) = (gateway.SiloPort, gateway.GatewayPort);
        if (gateway.Http) listens["http"] = PortOf(configuration["Urls"]!);

        Assert.Equal(
            listens.OrderBy(port => port.Key, StringComparer.Ordinal),
            container.Ports.ToDictionary(port => port.Name, port => port.ContainerPort).OrderBy(port => port.Key, StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Each_probe_meets_a_route_on_the_port_it_asks(string overlay, string name)
    {
        var container = Container(overlay, name);
        await using var app = await BuildAsync(name, new AskedSettings(SettingsOf(container)));
        var management = app.Services.GetRequiredService<ManagementServer>();
        await management.StartAsync(CancellationToken.None);
        using var http = PlainClient.Create(new Uri(management.Addresses.First()));

        foreach (var probe in new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe })
        {
            Assert.Equal("management", probe.HttpGet.Port.Value);
            using var answer = await http.GetAsync(new Uri(probe.HttpGet.Path, UriKind.Relative));
            // It has not started, so it is alive and not ready.
            Assert.Equal(probe == container.ReadinessProbe ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, answer.StatusCode);
        }

        await management.StopAsync(CancellationToken.None);
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task A_pod_has_time_to_leave_the_load_balancer_and_to_finish_what_it_has(string overlay, string name)
    {
        var pod = Kustomize.Build(overlay).PodsOf(name).Pod;
        await using var app = await BuildAsync(name, new AskedSettings(SettingsOf(pod.Containers[0])));
        var finishing = app.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        var leaving = TimeSpan.FromSeconds(pod.Containers[0].Lifecycle.PreStop.Sleep.Seconds);

        Assert.InRange(leaving, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));
        // What the program does after that: write its log, leave.
        Assert.True(TimeSpan.FromSeconds(pod.TerminationGracePeriodSeconds ?? 30) >= leaving + finishing + TimeSpan.FromSeconds(15));
    }

    public void Dispose() => _mounted.Dispose();

    private static V1Container Container(string overlay, string name) => Kustomize.Build(overlay).PodsOf(name).Container;

    /// <summary>The container's environment as Kubernetes would make it, and nothing else.</summary>
    private Dictionary<string, string?> SettingsOf(V1Container container)
    {
        var settings = container.Env.ToDictionary(
            variable => variable.Name.Replace("__", ":", StringComparison.Ordinal),
            string? (variable) => variable.Value ?? variable.ValueFrom switch
            {
                { SecretKeyRef.Key: "admin-key" } => TestGateway.AdminKey,
                { SecretKeyRef.Key: "redis-connection" } => "127.0.0.1:1,abortConnect=false",
                { SecretKeyRef: not null } => "a-secret",
                { FieldRef.FieldPath: "status.podIP" } => "10.0.0.7",
                _ => "a-field",
            });
        using var authority = new TestAuthority();
        using var certificate = authority.Issue(container.Name);
        foreach (var (name, file) in new CertificateFiles(_mounted.Path).Write(certificate, authority).Settings)
            if (settings.TryGetValue(name, out var mounted))
            {
                Assert.Contains(container.VolumeMounts, mount => mounted!.StartsWith(mount.MountPath + "/", StringComparison.Ordinal));
                settings[name] = file;
            }

        return settings;
    }

    // Built, and not started.
    private static async Task<WebApplication> BuildAsync(string name, AskedSettings settings) => name == "webfront"
        ? WebFrontHost.Build([], builder => Insert(builder, settings))
        : await SiloHost.BuildAsync([], builder => Insert(builder, settings));

    private static void Insert(WebApplicationBuilder builder, AskedSettings settings) => ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, settings);

    // The library can be taken alone, and then has no settings of ours.
    private static bool IsReadByTheMembershipTable(string variable) => Directory.EnumerateFiles(Repository.PathOf("Clustering.Kubernetes"), "*.cs")
        .Any(file => File.ReadAllText(file).Contains($"GetEnvironmentVariable(\"{variable}\")", StringComparison.Ordinal));

    private static int PortOf(string urls) => BindingAddress.Parse(urls).Port;

    /// <summary>Settings that remember which of them were asked for.</summary>
    private sealed class AskedSettings(IReadOnlyDictionary<string, string?> settings) : ConfigurationProvider, IConfigurationSource
    {
        public HashSet<string> Asked { get; } = new(StringComparer.OrdinalIgnoreCase);

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        // As in the pod, but for a port of its own, and for the API server, which there is none of: it is looked for as soon as the program is put together.
        public override void Load() => Data = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase)
        {
            ["Gateway:ManagementUrls"] = "http://127.0.0.1:0",
            ["Gateway:Clustering"] = "Redis",
            ["ConnectionStrings:Redis"] = "127.0.0.1:1",
        };

        public override bool TryGet(string key, out string? value)
        {
            Asked.Add(key);
            return base.TryGet(key, out value);
        }
    }
}
