using System.Net;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>What clients are told of the silos.</summary>
public sealed class KubernetesGatewayListTests : ApiServerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private KubernetesMembershipTable _table = null!;

    private protected override async Task PrepareAsync()
    {
        _table = Handles.Table("c");
        await _table.InitializeMembershipTableAsync(true, Cancelled);
    }

    [Fact]
    public async Task Only_silos_that_are_active_and_take_clients_are_listed()
    {
        await InsertAsync(Silos.Row(Silos.Address(1), SiloStatus.Active));
        await InsertAsync(Silos.Row(Silos.Address(2), SiloStatus.Joining));
        await InsertAsync(Silos.Row(Silos.Address(3), SiloStatus.ShuttingDown));
        await InsertAsync(Silos.Row(Silos.Address(4), SiloStatus.Dead));
        var closed = Silos.Row(Silos.Address(5), SiloStatus.Active);
        closed.ProxyPort = 0;
        await InsertAsync(closed);
        await InsertAsync(Silos.Row(SiloAddress.New(IPAddress.Parse("fd00::7"), 11_111, 9), SiloStatus.Active));

        var gateways = Handles.Gateways("c");
        await gateways.InitializeGatewayListProviderAsync(Cancelled);

        Assert.Equal(["gwy.tcp://10.0.0.1:30000/1", "gwy.tcp://[fd00::7]:30000/9"], (await gateways.GetGatewaysAsync(Cancelled)).Select(uri => uri.ToString()));
    }

    [Fact]
    public async Task The_list_follows_the_table_and_asking_for_it_asks_nobody()
    {
        var gateways = Handles.Gateways("c");
        await gateways.InitializeGatewayListProviderAsync(Cancelled);
        Assert.Empty(await gateways.GetGatewaysAsync(Cancelled));
        await Server.Requests.ReachesAsync("watch opened", 1);

        await InsertAsync(Silos.Row(Silos.Address(1), SiloStatus.Active));
        await BecomesAsync(gateways, 1);
        var requests = Server.Requests.Total;
        for (var i = 0; i < 10; i++) Assert.Single(await gateways.GetGatewaysAsync(Cancelled));

        Assert.Equal(requests, Server.Requests.Total);
    }

    [Fact]
    public async Task A_client_only_gets_and_watches()
    {
        Server.Requests.Clear();
        var gateways = Handles.Gateways("c");
        await gateways.InitializeGatewayListProviderAsync(Cancelled);
        await Server.Requests.ReachesAsync("watch opened", 1);

        Assert.Equal(["get orleansclusters", "list orleansclusters", "watch opened", "watch orleansclusters"], Server.Requests.Kinds);
    }

    [Fact]
    public async Task The_last_list_is_kept_while_the_server_is_away_and_while_the_object_is_gone_or_malformed()
    {
        await InsertAsync(Silos.Row(Silos.Address(1), SiloStatus.Active));
        var gateways = Handles.Gateways("c");
        await gateways.InitializeGatewayListProviderAsync(Cancelled);
        await Server.Requests.ReachesAsync("watch opened", 1);
        var good = Server.Store.Find("orleansclusters/default", "c")!;

        Server.GoDown();
        Assert.Single(await gateways.GetGatewaysAsync(Cancelled));
        Server.ComeBack();
        await Server.StopListeningAsync();
        Assert.Single(await gateways.GetGatewaysAsync(Cancelled));
        await Server.ListenAsync();
        await Server.Requests.ReachesAsync("watch opened", 2);

        Server.Store.Change("orleansclusters/default", "c", _ => null);
        Assert.Single(await gateways.GetGatewaysAsync(Cancelled));
        Server.Store.Change("orleansclusters/default", "c", _ => good);

        await InsertAsync(Silos.Row(Silos.Address(2), SiloStatus.Active));
        await BecomesAsync(gateways, 2);
    }

    [Fact]
    public async Task A_table_that_is_missing_is_said_and_found_when_it_is_there()
    {
        var gateways = Handles.Gateways("later");
        await Assert.ThrowsAsync<KubernetesClusteringException>(() => gateways.InitializeGatewayListProviderAsync(Cancelled));
        await Assert.ThrowsAsync<KubernetesClusteringException>(() => gateways.GetGatewaysAsync(Cancelled));

        await Handles.Table("later").InitializeMembershipTableAsync(true, Cancelled);

        await gateways.InitializeGatewayListProviderAsync(Cancelled);
        Assert.Empty(await gateways.GetGatewaysAsync(Cancelled));
    }

    [Fact]
    public async Task A_cluster_that_was_made_anew_is_followed_though_its_version_is_lower()
    {
        for (var i = 1; i <= 3; i++) await InsertAsync(Silos.Row(Silos.Address(i), SiloStatus.Active));
        var gateways = Handles.Gateways("c");
        await gateways.InitializeGatewayListProviderAsync(Cancelled);
        await Server.Requests.ReachesAsync("watch opened", 1);

        await _table.DeleteMembershipTableEntriesAsync("c", Cancelled);
        await _table.InitializeMembershipTableAsync(true, Cancelled);
        await InsertAsync(Silos.Row(Silos.Address(9), SiloStatus.Active));

        await BecomesAsync(gateways, 1);
    }

    [Fact]
    public async Task A_store_that_was_set_back_is_believed_when_it_is_read_though_its_version_is_lower()
    {
        await InsertAsync(Silos.Row(Silos.Address(1), SiloStatus.Active));
        var kept = Server.Store.Find("orleansclusters/default", "c")!;
        for (var i = 2; i <= 3; i++) await InsertAsync(Silos.Row(Silos.Address(i), SiloStatus.Active));
        var gateways = Handles.Gateways("c");
        await gateways.InitializeGatewayListProviderAsync(Cancelled);
        await Server.Requests.ReachesAsync("watch opened", 1);

        Server.Store.Change("orleansclusters/default", "c", _ => kept);
        Server.Store.EndWatches();

        await BecomesAsync(gateways, 1);
    }

    [Fact]
    public async Task A_client_that_connects_again_believes_what_it_reads()
    {
        await InsertAsync(Silos.Row(Silos.Address(1), SiloStatus.Active));
        var kept = Server.Store.Find("orleansclusters/default", "c")!;
        await InsertAsync(Silos.Row(Silos.Address(2), SiloStatus.Active));
        Server.Forbid("list orleansclusters"); // no watch tells of it
        var gateways = Handles.Gateways("c");
        await gateways.InitializeGatewayListProviderAsync(Cancelled);
        Assert.Equal(2, (await gateways.GetGatewaysAsync(Cancelled)).Count);

        Server.Store.Change("orleansclusters/default", "c", _ => kept);
        await gateways.InitializeGatewayListProviderAsync(Cancelled);

        Assert.Single(await gateways.GetGatewaysAsync(Cancelled));
    }

    private async Task InsertAsync(MembershipEntry row) => Assert.True(await _table.InsertRowAsync(row, (await _table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));

    private static async Task BecomesAsync(KubernetesGatewayListProvider gateways, int count) =>
        await Eventually.BecomesAsync(async () => (await gateways.GetGatewaysAsync(Cancelled)).Count, found => found == count, Soon, $"a list of {count}");
}
