namespace OrleansGateway.Tests.Conformance.Membership;

public abstract partial class MembershipConformance
{
    [Fact]
    public async Task A_table_that_is_not_there_cannot_be_read_as_empty()
    {
        var table = Open(Cluster());
        try
        {
            await table.InitializeMembershipTableAsync(false, Cancelled);
        }
        catch (Exception) when (!Cancelled.IsCancellationRequested)
        {
            // It may say so here already.
        }

        await Assert.ThrowsAnyAsync<Exception>(() => table.ReadAllAsync(Cancelled));
        await Assert.ThrowsAnyAsync<Exception>(() => table.ReadRowAsync(Silos.Address(1), Cancelled));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Initialising_again_leaves_everything_as_it_is(bool tryInit)
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1), SiloStatus.Active));
        await InsertAsync(table, Silos.Row(Silos.Address(2)));
        var before = await table.ReadAllAsync(Cancelled);

        await table.InitializeMembershipTableAsync(tryInit, Cancelled);
        var other = Open(Cluster());
        await other.InitializeMembershipTableAsync(tryInit, Cancelled);

        await AssertUnchangedAsync(table, before);
        await AssertUnchangedAsync(other, before);
    }

    [Fact]
    public async Task Many_can_initialise_at_once()
    {
        var tables = Enumerable.Range(0, 10).Select(_ => Open(Cluster())).ToList();

        await Task.WhenAll(tables.Select(table => table.InitializeMembershipTableAsync(true, Cancelled)));

        foreach (var table in tables) Assert.Equal(new TableVersion(0, "0"), (await table.ReadAllAsync(Cancelled)).Version);
    }

    [Fact]
    public async Task All_handles_see_one_table()
    {
        var one = await NewAsync();
        var other = await NewAsync();

        Assert.True(await InsertAsync(one, Silos.Row(Silos.Address(1))));
        Assert.True(await InsertAsync(other, Silos.Row(Silos.Address(2))));
        Assert.True(await UpdateAsync(other, Silos.Row(Silos.Address(1), SiloStatus.Active)));

        Assert.Equal(3, (await one.ReadAllAsync(Cancelled)).Version.Version);
        await AssertUnchangedAsync(other, await one.ReadAllAsync(Cancelled));
    }

    [Fact]
    public async Task Clusters_whose_names_begin_alike_know_nothing_of_one_another()
    {
        string[] names = [Cluster("a"), Cluster("a") + "-1", Cluster("a") + "-1-1"];
        var silo = Silos.Address(1);
        var tables = new List<IMembershipTable>();
        foreach (var name in names) tables.Add(await NewAsync(name));

        for (var i = 0; i < tables.Count; i++)
        {
            await InsertAsync(tables[i], Silos.Row(silo, SiloStatus.Dead));
            await tables[i].UpdateIAmAliveAsync(Silos.Heartbeat(silo, Silos.Start.AddMinutes(i + 1)), Cancelled);
        }

        await InsertAsync(tables[1], Silos.Row(Silos.Address(2)));
        for (var i = 0; i < tables.Count; i++) await AliveAsync(tables[i], silo, Silos.Start.AddMinutes(i + 1));
        await tables[0].CleanupDefunctSiloEntriesAsync(Silos.Start.AddDays(1), Cancelled);
        await tables[0].DeleteMembershipTableEntriesAsync(names[0], Cancelled);

        Assert.Equal([2, 1], new[] { await tables[1].ReadAllAsync(Cancelled), await tables[2].ReadAllAsync(Cancelled) }.Select(read => read.Members.Count));
        for (var i = 1; i < tables.Count; i++) await AliveAsync(tables[i], silo, Silos.Start.AddMinutes(i + 1));
    }

    [Fact]
    public async Task A_table_that_was_deleted_is_gone_and_can_be_made_anew()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1), SiloStatus.Active));
        await table.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), Silos.Start.AddHours(1)), Cancelled);

        await table.DeleteMembershipTableEntriesAsync(Cluster(), Cancelled);

        await Assert.ThrowsAnyAsync<Exception>(() => table.ReadAllAsync(Cancelled));
        await table.InitializeMembershipTableAsync(true, Cancelled);
        Assert.Equal(new TableVersion(0, "0"), (await table.ReadAllAsync(Cancelled)).Version);
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        Assert.Equal(Silos.Start, (await table.ReadAllAsync(Cancelled)).Row(Silos.Address(1)).IAmAliveTime);
    }

    [Fact]
    public async Task A_table_deletes_no_other_cluster()
    {
        var table = await NewAsync();
        var other = await NewAsync(Cluster("other"));
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        await InsertAsync(other, Silos.Row(Silos.Address(1)));

        try
        {
            await table.DeleteMembershipTableEntriesAsync(Cluster("other"), Cancelled);
        }
        catch (ArgumentException e)
        {
            Assert.Equal("clusterId", e.ParamName);
        }

        Assert.Single((await table.ReadAllAsync(Cancelled)).Members);
        Assert.Single((await other.ReadAllAsync(Cancelled)).Members);
    }

    [Fact]
    public async Task What_is_cancelled_does_nothing()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        var before = await table.ReadAllAsync(Cancelled);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => table.ReadAllAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => table.InsertRowAsync(Silos.Row(Silos.Address(2)), before.Version.Next(), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => table.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), Silos.Start.AddHours(1)), cancelled));

        await AssertUnchangedAsync(table, before);
    }
}
