using System.Net;
using System.Text.Json.Nodes;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>Heartbeats as leases: names, owners, times, and what becomes of them.</summary>
public sealed class KubernetesLeaseTests : ApiServerTests
{
    private static readonly SiloAddress One = Silos.Address(1);


    [Theory]
    [InlineData("10.0.0.7")]
    [InlineData("::1")]
    [InlineData("fd00:1234:5678:9abc:def0:1234:5678:9abc")]
    [InlineData("fe80::7%3")]
    [InlineData("::ffff:10.0.0.7")]
    public async Task A_silo_of_any_address_can_join_and_be_heard(string ip)
    {
        var silo = SiloAddress.New(IPAddress.Parse(ip), 65_535, int.MaxValue);
        var cluster = new string('c', 63);
        var table = await JoinedAsync(silo, cluster);

        await table.UpdateIAmAliveAsync(Silos.Heartbeat(silo, Silos.Start.AddMinutes(1)), Cancelled);

        Assert.Equal(Silos.Start.AddMinutes(1), (await table.ReadAllAsync(Cancelled)).Row(silo).IAmAliveTime);
        Assert.Equal(silo.ToParsableString(), Lease(cluster, silo)["spec"]!["holderIdentity"]!.GetValue<string>());
    }

    [Fact]
    public void No_two_silos_of_a_namespace_share_a_lease()
    {
        string[] clusters = ["a", "a-1", "a-10", "a-10-0-0-1"];
        string[] ips = ["10.0.0.1", "1.0.0.1", "::1", "1::", "1::1", "fd00::1"];
        var names =
            from cluster in clusters
            from ip in ips
            from port in new[] { 1, 11, 111 }
            from generation in new[] { 1, 11, 111 }
            select SiloLease.NameOf(cluster, SiloAddress.New(IPAddress.Parse(ip), port, generation));

        Assert.Equal(clusters.Length * ips.Length * 9, names.Distinct().Count());
    }

    [Fact]
    public async Task A_heartbeat_at_a_full_second_is_taken()
    {
        var table = await JoinedAsync(One);

        await table.UpdateIAmAliveAsync(Silos.Heartbeat(One, Silos.Start.AddSeconds(5)), Cancelled);

        Assert.Equal("2026-03-01T12:00:05.000000Z", Lease("c", One)["spec"]!["renewTime"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_heartbeat_older_than_the_row_does_not_make_the_silo_older()
    {
        var table = await JoinedAsync(One);

        await table.UpdateIAmAliveAsync(Silos.Heartbeat(One, Silos.Start.AddHours(-1)), Cancelled);

        Assert.Equal(Silos.Start, (await table.ReadAllAsync(Cancelled)).Row(One).IAmAliveTime);
    }

    [Fact]
    public async Task A_lease_ends_with_its_pod_and_its_silo_is_then_as_old_as_its_row()
    {
        (Handles.Options.PodName, Handles.Options.PodUid) = ("silo-abc", "0d1c");
        var table = await JoinedAsync(One);
        await table.UpdateIAmAliveAsync(Silos.Heartbeat(One, Silos.Start.AddMinutes(1)), Cancelled);
        var owner = Lease("c", One)["metadata"]!["ownerReferences"]![0]!;
        Assert.Equal(("v1", "Pod", "silo-abc", "0d1c"), (Text(owner, "apiVersion"), Text(owner, "kind"), Text(owner, "name"), Text(owner, "uid")));
        Assert.Equal(Silos.Start.AddMinutes(1), (await table.ReadAllAsync(Cancelled)).Row(One).IAmAliveTime);

        Server.DeletePod("0d1c");

        Assert.Equal(Silos.Start, (await table.ReadAllAsync(Cancelled)).Row(One).IAmAliveTime);
    }

    [Fact]
    public async Task A_process_outside_of_pods_owns_its_lease_to_nobody()
    {
        var table = await JoinedAsync(One);
        await table.UpdateIAmAliveAsync(Silos.Heartbeat(One, Silos.Start.AddMinutes(1)), Cancelled);

        Assert.Null(Lease("c", One)["metadata"]!["ownerReferences"]);
    }

    [Fact]
    public async Task A_lease_in_another_namespace_than_the_pods_is_not_owned_by_it()
    {
        (Handles.Options.PodName, Handles.Options.PodUid, Handles.Options.Namespace) = ("silo-abc", "0d1c", "elsewhere");
        var table = await JoinedAsync(One);
        await table.UpdateIAmAliveAsync(Silos.Heartbeat(One, Silos.Start.AddMinutes(1)), Cancelled);

        Assert.Null(Server.Store.Find("leases/elsewhere", SiloLease.NameOf("c", One))!["metadata"]!["ownerReferences"]);
    }

    [Fact]
    public async Task Leases_that_cannot_be_listed_do_not_keep_the_table_from_being_read()
    {
        var table = await JoinedAsync(One);
        await table.UpdateIAmAliveAsync(Silos.Heartbeat(One, Silos.Start.AddMinutes(1)), Cancelled);
        await table.ReadAllAsync(Cancelled);
        Server.Forbid("list leases");

        var read = await table.ReadAllAsync(Cancelled);

        Assert.Equal(Silos.Start.AddMinutes(1), read.Row(One).IAmAliveTime);
        Assert.Equal(Silos.Start, (await Handles.Table("c").ReadAllAsync(Cancelled)).Row(One).IAmAliveTime);
    }

    [Fact]
    public async Task Leases_of_others_are_left_out()
    {
        var table = await JoinedAsync(One);
        Server.Store.Change("leases/default", "foreign", _ => (JsonObject)JsonNode.Parse(
            $$"""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"foreign","namespace":"default","labels":{"{{SiloLease.ClusterLabel}}":"c"} },"spec":{"holderIdentity":"somebody"} }""")!);

        Assert.Equal(Silos.Start, (await table.ReadAllAsync(Cancelled)).Row(One).IAmAliveTime);
        await table.CleanupDefunctSiloEntriesAsync(Silos.Start.AddYears(1), Cancelled);

        Assert.NotNull(Server.Store.Find("leases/default", "foreign"));
    }

    [Fact]
    public async Task A_cleanup_takes_the_leases_of_what_it_takes_and_old_ones_without_a_row()
    {
        var (dead, gone, early) = (Silos.Address(2), Silos.Address(3), Silos.Address(4));
        var table = await JoinedAsync(One);
        Assert.True(await table.InsertRowAsync(Silos.Row(dead, SiloStatus.Dead), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
        foreach (var silo in new[] { One, dead, gone }) await table.UpdateIAmAliveAsync(Silos.Heartbeat(silo, Silos.Start.AddMinutes(1)), Cancelled);
        await table.UpdateIAmAliveAsync(Silos.Heartbeat(early, Silos.Start.AddDays(1)), Cancelled); // about to join

        await table.CleanupDefunctSiloEntriesAsync(Silos.Start.AddHours(1), Cancelled);

        Assert.Equal([true, false, false, true], new[] { One, dead, gone, early }.Select(silo => Server.Store.Find("leases/default", SiloLease.NameOf("c", silo)) is not null));
        Assert.Equal([One], (await table.ReadAllAsync(Cancelled)).Members.Select(member => member.Item1.SiloAddress));
    }

    [Fact]
    public async Task A_cluster_that_is_deleted_takes_its_leases_and_no_others()
    {
        var table = await JoinedAsync(One);
        var other = await JoinedAsync(One, "c-1");
        foreach (var each in new[] { table, other }) await each.UpdateIAmAliveAsync(Silos.Heartbeat(One, Silos.Start.AddMinutes(1)), Cancelled);

        await table.DeleteMembershipTableEntriesAsync("c", Cancelled);

        Assert.Equal([SiloLease.NameOf("c-1", One)], Server.Store.List("leases/default", _ => true).Objects.Select(lease => Text(lease["metadata"]!, "name")));
    }

    private async Task<KubernetesMembershipTable> JoinedAsync(SiloAddress silo, string cluster = "c")
    {
        var table = Handles.Table(cluster);
        await table.InitializeMembershipTableAsync(true, Cancelled);
        Assert.True(await table.InsertRowAsync(Silos.Row(silo), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
        return table;
    }

    private JsonObject Lease(string cluster, SiloAddress silo) => Server.Store.Find("leases/default", SiloLease.NameOf(cluster, silo))!;

    private static string Text(JsonNode node, string field) => node[field]!.GetValue<string>();
}
