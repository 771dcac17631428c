using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>Real silos on loopback and a client, joined through the API server.</summary>
public sealed class KubernetesClusterTests : IAsyncLifetime
{
    private const string ClusterId = "two-silos";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly List<IHost> _hosts = [];
    private FakeApiServer _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeApiServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.AsEnumerable().Reverse())
        {
            await host.StopAsync(CancellationToken.None);
            host.Dispose();
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Two_silos_join_serve_a_client_through_an_outage_of_the_api_server_and_leave_in_order()
    {
        _server.Throttle(requests: 2); // the definition is new
        var (one, two) = (await StartSiloAsync(), await StartSiloAsync());
        var client = await StartAsync(Host.CreateEmptyApplicationBuilder(null).UseOrleansClient(builder =>
        {
            Name(builder.Services);
            builder.UseKubernetesClustering(Use);
        }).Build());
        var management = client.Services.GetRequiredService<IClusterClient>().GetGrain<IManagementGrain>(0);
        SiloAddress[] silos = [AddressOf(one), AddressOf(two)];
        Assert.Equal(silos.ToHashSet(), (await management.GetHosts(onlyActive: true)).Keys.ToHashSet());
        Assert.All(silos, silo => Assert.Equal("Active", StatusOf(silo)));

        // Each call reaches both silos.
        await _server.StopListeningAsync();
        for (var i = 0; i < 100; i++) await management.ForceActivationCollection(silos, TimeSpan.FromHours(1));
        var heartbeats = _server.Requests["patch leases"];
        await _server.ListenAsync();
        await _server.Requests.ReachesAsync("patch leases", heartbeats + 2).WaitAsync(Soon, Cancelled);
        Assert.Equal(2, (await management.GetHosts(onlyActive: true)).Count);

        await two.StopAsync(Cancelled);
        Assert.Equal("Dead", StatusOf(silos[1]));
        var left = await Eventually.BecomesAsync(() => management.GetHosts(onlyActive: true), hosts => hosts.Count == 1, Soon, "one silo");
        Assert.Equal([silos[0]], left.Keys);
        await management.ForceActivationCollection([silos[0]], TimeSpan.FromHours(1));
        Assert.DoesNotContain(_server.Requests.Kinds, kind => kind.StartsWith("delete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silo_learns_from_the_watch_what_no_silo_told_it()
    {
        var one = await StartSiloAsync();
        var membership = one.Services.GetRequiredService<IClusterMembershipService>();
        await _server.Requests.ReachesAsync("watch opened", 1).WaitAsync(Soon, Cancelled);
        var stranger = SiloAddress.New(IPAddress.Parse("fd00::7"), 11_111, 1);

        using var handles = new KubernetesHandles(_server.Configuration);
        var table = handles.Table(ClusterId);
        Assert.True(await table.InsertRowAsync(Silos.Row(stranger, SiloStatus.Dead), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        enough.CancelAfter(Soon);
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(enough.Token))
            if (snapshot.Members.ContainsKey(stranger)) break;
    }

    private async Task<IHost> StartSiloAsync() => await StartAsync(Host.CreateEmptyApplicationBuilder(null).UseOrleans(silo =>
    {
        Name(silo.Services);
        silo.UseKubernetesClustering(Use);
        silo.ConfigureEndpoints(IPAddress.Loopback, FreePorts.Next(), FreePorts.Next());
        silo.Configure<ClusterMembershipOptions>(options => options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1));
    }).Build());

    private async Task<IHost> StartAsync(IHost host)
    {
        _hosts.Add(host);
        await host.StartAsync(Cancelled);
        return host;
    }

    private void Use(KubernetesClusteringOptions options) => options.ClientConfiguration = _server.Configuration;

    private static void Name(IServiceCollection services) => services.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (ClusterId, "tests"));

    private static SiloAddress AddressOf(IHost silo) => silo.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    private string StatusOf(SiloAddress silo) => _server.Store.Find("orleansclusters/default", ClusterId)!["status"]!["members"]!.AsArray()
        .Single(row => row!["address"]!.GetValue<string>() == silo.ToParsableString())!["status"]!.GetValue<string>();
}
