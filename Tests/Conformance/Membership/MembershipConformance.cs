namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>What every membership table must do, as Orleans 10.4 relies on it. Reads and writes here; time, races and lives of clusters in the other parts.</summary>
public abstract partial class MembershipConformance
{
    private readonly string _suffix = Guid.NewGuid().ToString("N")[..8];

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>One more handle on the cluster's table, as another silo would have it, not initialised.</summary>
    protected abstract IMembershipTable Open(string clusterId);

    /// <summary>Clusters of one test do not meet those of another, even in a shared store.</summary>
    protected string Cluster(string name = "c") => $"{name}-{_suffix}";

    protected async Task<IMembershipTable> NewAsync(string? clusterId = null)
    {
        var table = Open(clusterId ?? Cluster());
        await table.InitializeMembershipTableAsync(true, Cancelled);
        return table;
    }

    protected static async Task<bool> InsertAsync(IMembershipTable table, MembershipEntry row) =>
        await table.InsertRowAsync(row, (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled);

    protected static async Task<bool> UpdateAsync(IMembershipTable table, MembershipEntry row)
    {
        var seen = await table.ReadAllAsync(Cancelled);
        return await table.UpdateRowAsync(row, seen.RowEtag(row.SiloAddress), seen.Version.Next(), Cancelled);
    }

    [Fact]
    public async Task A_new_table_is_of_version_0_and_empty()
    {
        var read = await (await NewAsync()).ReadAllAsync(Cancelled);

        Assert.Empty(read.Members);
        Assert.Equal(new TableVersion(0, "0"), read.Version);
    }

    [Fact]
    public async Task An_insert_adds_the_row_and_one_to_the_version()
    {
        var table = await NewAsync();
        var row = Silos.Row(Silos.Address(1));

        Assert.True(await InsertAsync(table, row));

        var read = await table.ReadAllAsync(Cancelled);
        Assert.Equal(1, read.Version.Version);
        Assert.NotEqual("0", read.Version.VersionEtag);
        Assert.Equal([Silos.Text(row)], Silos.Texts(read));
        Assert.False(string.IsNullOrEmpty(read.RowEtag(row.SiloAddress)));
    }

    [Fact]
    public async Task Every_commit_adds_exactly_one_to_the_version()
    {
        var table = await NewAsync();
        for (var i = 1; i <= 5; i++)
        {
            Assert.True(await InsertAsync(table, Silos.Row(Silos.Address(i))));
            Assert.True(await UpdateAsync(table, Silos.Row(Silos.Address(i), SiloStatus.Active)));
            Assert.Equal(2 * i, (await table.ReadAllAsync(Cancelled)).Version.Version);
        }
    }

    [Fact]
    public async Task An_insert_of_a_silo_that_is_there_is_refused_and_changes_nothing()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        var before = await table.ReadAllAsync(Cancelled);

        Assert.False(await InsertAsync(table, Silos.Row(Silos.Address(1), SiloStatus.Active)));

        await AssertUnchangedAsync(table, before);
    }

    [Fact]
    public async Task An_insert_with_a_version_that_was_is_refused_and_changes_nothing()
    {
        var table = await NewAsync();
        var stale = (await table.ReadAllAsync(Cancelled)).Version.Next();
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        var before = await table.ReadAllAsync(Cancelled);

        Assert.False(await table.InsertRowAsync(Silos.Row(Silos.Address(2)), stale, Cancelled));

        await AssertUnchangedAsync(table, before);
    }

    [Fact]
    public async Task An_update_with_a_version_that_was_is_refused_and_changes_nothing()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        var stale = await table.ReadAllAsync(Cancelled);
        await InsertAsync(table, Silos.Row(Silos.Address(2)));
        var before = await table.ReadAllAsync(Cancelled);

        Assert.False(await table.UpdateRowAsync(Silos.Row(Silos.Address(1), SiloStatus.Active), stale.RowEtag(Silos.Address(1)), stale.Version.Next(), Cancelled));

        await AssertUnchangedAsync(table, before);
    }

    [Fact]
    public async Task An_update_of_a_silo_that_is_not_there_is_refused_and_changes_nothing()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        var before = await table.ReadAllAsync(Cancelled);

        Assert.False(await table.UpdateRowAsync(Silos.Row(Silos.Address(2), SiloStatus.Active), before.RowEtag(Silos.Address(1)), before.Version.Next(), Cancelled));

        await AssertUnchangedAsync(table, before);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_version_that_is_not_the_next_is_refused(int step)
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        var before = await table.ReadAllAsync(Cancelled);

        Assert.False(await table.InsertRowAsync(Silos.Row(Silos.Address(2)), new TableVersion(before.Version.Version + step, before.Version.VersionEtag), Cancelled));

        await AssertUnchangedAsync(table, before);
    }

    [Fact]
    public async Task Every_field_comes_back()
    {
        var table = await NewAsync();
        var row = Silos.Row(Silos.Address(1, ip: "fd00::7"), SiloStatus.ShuttingDown);
        (row.SiloName, row.HostName, row.RoleName) = ("silo \"one\" — ü", "host.example", "");
        (row.ProxyPort, row.UpdateZone, row.FaultZone) = (30_123, 7, -3);
        row.StartTime = Silos.Start.AddTicks(1_234_567);
        row.IAmAliveTime = Silos.Start.AddTicks(7_654_321);
        row.SuspectTimes = [Tuple.Create(Silos.Address(2, ip: "fd00::8"), Silos.Start.AddTicks(1)), Tuple.Create(Silos.Address(3), Silos.Start.AddTicks(9_999_999))];

        Assert.True(await InsertAsync(table, row));

        foreach (var read in new[] { await table.ReadAllAsync(Cancelled), await table.ReadRowAsync(row.SiloAddress, Cancelled) })
        {
            Assert.Equal(Silos.Text(row), Silos.Text(read.Row(row.SiloAddress)));
            Assert.Equal(row.IAmAliveTime, read.Row(row.SiloAddress).IAmAliveTime);
            Assert.All(new[] { read.Row(row.SiloAddress).StartTime, read.Row(row.SiloAddress).IAmAliveTime }, time => Assert.NotEqual(DateTimeKind.Local, time.Kind));
        }
    }

    [Theory]
    [InlineData(SiloStatus.Created)]
    [InlineData(SiloStatus.Joining)]
    [InlineData(SiloStatus.Active)]
    [InlineData(SiloStatus.ShuttingDown)]
    [InlineData(SiloStatus.Stopping)]
    [InlineData(SiloStatus.Dead)]
    public async Task A_silo_can_be_in_every_state(SiloStatus status)
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1)));

        Assert.True(await UpdateAsync(table, Silos.Row(Silos.Address(1), status)));

        Assert.Equal(status, (await table.ReadRowAsync(Silos.Address(1), Cancelled)).Row(Silos.Address(1)).Status);
    }

    [Fact]
    public async Task A_row_is_read_with_the_tables_version_and_one_that_is_not_there_leaves_the_version()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        await InsertAsync(table, Silos.Row(Silos.Address(2)));

        var there = await table.ReadRowAsync(Silos.Address(2), Cancelled);
        var notThere = await table.ReadRowAsync(Silos.Address(3), Cancelled);

        Assert.Equal([Silos.Text(Silos.Row(Silos.Address(2)))], Silos.Texts(there));
        Assert.Empty(notThere.Members);
        Assert.Equal([2, 2], new[] { there, notThere }.Select(read => read.Version.Version));
        Assert.True(await table.UpdateRowAsync(Silos.Row(Silos.Address(2), SiloStatus.Active), there.RowEtag(Silos.Address(2)), there.Version.Next(), Cancelled));
    }

    [Fact]
    public async Task Dead_is_the_end_and_a_successor_is_another_row()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1, generation: 1), SiloStatus.Active));
        await UpdateAsync(table, Silos.Row(Silos.Address(1, generation: 1), SiloStatus.Dead));

        Assert.True(await InsertAsync(table, Silos.Row(Silos.Address(1, generation: 2), SiloStatus.Active)));

        var read = await table.ReadAllAsync(Cancelled);
        Assert.Equal(SiloStatus.Dead, read.Row(Silos.Address(1, generation: 1)).Status);
        Assert.Equal(SiloStatus.Active, read.Row(Silos.Address(1, generation: 2)).Status);
    }

    [Fact]
    public async Task What_was_read_is_the_readers_own()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1)));
        var before = Silos.Texts(await table.ReadAllAsync(Cancelled));

        foreach (var read in new[] { await table.ReadAllAsync(Cancelled), await table.ReadRowAsync(Silos.Address(1), Cancelled) })
        {
            var row = read.Row(Silos.Address(1));
            (row.Status, row.SiloName, row.StartTime) = (SiloStatus.Dead, "other", default);
            row.AddSuspector(Silos.Address(9), Silos.Start);
        }

        Assert.Equal(before, Silos.Texts(await table.ReadAllAsync(Cancelled)));
        Assert.Equal(before, Silos.Texts(await table.ReadRowAsync(Silos.Address(1), Cancelled)));
    }

    [Fact]
    public async Task What_was_written_is_the_writers_own()
    {
        var table = await NewAsync();
        var row = Silos.Row(Silos.Address(1));
        await InsertAsync(table, row);
        row.Status = SiloStatus.Active;
        row.AddSuspector(Silos.Address(9), Silos.Start);
        await UpdateAsync(table, row);
        var before = Silos.Text(row);

        (row.Status, row.HostName) = (SiloStatus.Dead, "other");
        row.AddSuspector(Silos.Address(8), Silos.Start);

        Assert.Equal([before], Silos.Texts(await table.ReadAllAsync(Cancelled)));
    }

    [Fact]
    public async Task The_members_without_a_token_do_the_same()
    {
#pragma warning disable CS0618 // That is what is tested.
        var table = Open(Cluster());
        await table.InitializeMembershipTable(true);
        var row = Silos.Row(Silos.Address(1));
        Assert.True(await table.InsertRow(row, (await table.ReadAll()).Version.Next()));
        var read = await table.ReadRow(row.SiloAddress);
        row.Status = SiloStatus.Dead;
        Assert.True(await table.UpdateRow(row, read.RowEtag(row.SiloAddress), read.Version.Next()));
        await table.UpdateIAmAlive(Silos.Heartbeat(row.SiloAddress, Silos.Start.AddHours(1)));
        Assert.Equal([Silos.Text(row)], Silos.Texts(await table.ReadAll()));
        await table.CleanupDefunctSiloEntries(Silos.Start.AddHours(2));
        Assert.Empty((await table.ReadAll()).Members);
        await table.DeleteMembershipTableEntries(Cluster());
        await Assert.ThrowsAnyAsync<Exception>(table.ReadAll);
#pragma warning restore CS0618
    }

    private static async Task AssertUnchangedAsync(IMembershipTable table, MembershipTableData before)
    {
        var now = await table.ReadAllAsync(Cancelled);
        Assert.Equal(before.Version, now.Version);
        Assert.Equal(Silos.Texts(before), Silos.Texts(now));
    }
}
