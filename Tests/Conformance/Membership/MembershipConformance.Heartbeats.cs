using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Membership;

public abstract partial class MembershipConformance
{
    [Fact]
    public async Task A_heartbeat_changes_its_time_and_nothing_else()
    {
        var table = await NewAsync();
        var row = Silos.Row(Silos.Address(1), SiloStatus.Active);
        row.SuspectTimes = [Tuple.Create(Silos.Address(2), Silos.Start)];
        await InsertAsync(table, row);
        await InsertAsync(table, Silos.Row(Silos.Address(2), SiloStatus.Active));
        var before = await table.ReadAllAsync(Cancelled);

        await table.UpdateIAmAliveAsync(Silos.Heartbeat(row.SiloAddress, Silos.Start.AddMinutes(1)), Cancelled);

        await AliveAsync(table, row.SiloAddress, Silos.Start.AddMinutes(1));
        await AssertUnchangedAsync(table, before);
        Assert.Equal(Silos.Start, (await table.ReadAllAsync(Cancelled)).Row(Silos.Address(2)).IAmAliveTime);
    }

    [Fact]
    public async Task Each_heartbeat_is_seen_whichever_way_a_row_is_read()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1), SiloStatus.Active));
        for (var i = 1; i <= 3; i++)
        {
            var at = Silos.Start.AddSeconds(10 * i).AddMicroseconds(i);
            await table.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), at), Cancelled);
            await AliveAsync(table, Silos.Address(1), at);
            Assert.Equal(at, (await table.ReadRowAsync(Silos.Address(1), Cancelled)).Row(Silos.Address(1)).IAmAliveTime);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_read_before_a_heartbeat_is_good_for_a_write_after_it(bool vote)
    {
        var table = await NewAsync();
        var other = Open(Cluster());
        await other.InitializeMembershipTableAsync(true, Cancelled);
        await InsertAsync(table, Silos.Row(Silos.Address(1), SiloStatus.Active));
        var seen = await table.ReadAllAsync(Cancelled);

        await other.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), Silos.Start.AddMinutes(1)), Cancelled);
        await other.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), Silos.Start.AddMinutes(2)), Cancelled);

        var row = seen.Row(Silos.Address(1));
        if (vote) row.AddSuspector(Silos.Address(2), Silos.Start);
        else row.Status = SiloStatus.ShuttingDown;
        Assert.True(await table.UpdateRowAsync(row, seen.RowEtag(Silos.Address(1)), seen.Version.Next(), Cancelled));
        Assert.Equal([Silos.Text(row)], Silos.Texts(await table.ReadAllAsync(Cancelled)));
    }

    [Fact]
    public async Task Heartbeats_at_the_same_time_as_writes_hinder_none_of_them()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1), SiloStatus.Active));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var beats = 0;
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var beating = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await table.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), Silos.Start.AddSeconds(++beats)), Cancelled);
                    first.TrySetResult();
                    await Task.Yield();
                }
            },
            Cancelled);
        await first.Task;

        for (var i = 0; i < 20; i++)
        {
            var row = Silos.Row(Silos.Address(1), SiloStatus.Active);
            row.UpdateZone = i;
            Assert.True(await UpdateAsync(table, row));
        }

        await stop.CancelAsync();
        await beating;
        Assert.Equal(21, (await table.ReadAllAsync(Cancelled)).Version.Version);
    }

    [Fact]
    public async Task A_cleanup_is_strict_to_the_tick()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1), SiloStatus.Dead));
        var before = await table.ReadAllAsync(Cancelled);

        await table.CleanupDefunctSiloEntriesAsync(Silos.Start, Cancelled);
        await AssertUnchangedAsync(table, before);

        await table.CleanupDefunctSiloEntriesAsync(Silos.Start.AddTicks(1), Cancelled);
        Assert.Empty((await table.ReadAllAsync(Cancelled)).Members);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("alive")]
    [InlineData("vote")]
    [InlineData("heartbeat")]
    public async Task A_dead_silo_stays_as_long_as_anything_about_it_is_young(string what)
    {
        var table = await NewAsync();
        var row = Silos.Row(Silos.Address(1), SiloStatus.Dead);
        var young = Silos.Start.AddHours(1);
        if (what == "start") row.StartTime = young;
        if (what == "alive") row.IAmAliveTime = young;
        if (what == "vote") row.SuspectTimes = [Tuple.Create(Silos.Address(2), Silos.Start), Tuple.Create(Silos.Address(3), young), Tuple.Create(Silos.Address(4), Silos.Start)];
        await InsertAsync(table, row);
        if (what == "heartbeat") await table.UpdateIAmAliveAsync(Silos.Heartbeat(row.SiloAddress, young), Cancelled);
        var before = await table.ReadAllAsync(Cancelled);

        await table.CleanupDefunctSiloEntriesAsync(young, Cancelled);
        await AssertUnchangedAsync(table, before);

        await table.CleanupDefunctSiloEntriesAsync(young.AddTicks(1), Cancelled);
        Assert.Empty((await table.ReadAllAsync(Cancelled)).Members);
    }

    [Fact]
    public async Task A_cleanup_takes_the_dead_only_and_leaves_all_others_as_they_are()
    {
        var table = await NewAsync();
        SiloStatus[] states = [SiloStatus.Created, SiloStatus.Joining, SiloStatus.Active, SiloStatus.ShuttingDown, SiloStatus.Stopping, SiloStatus.Dead, SiloStatus.Dead];
        for (var i = 0; i < states.Length; i++) await InsertAsync(table, Silos.Row(Silos.Address(i), states[i]));
        var before = await table.ReadAllAsync(Cancelled);

        await table.CleanupDefunctSiloEntriesAsync(Silos.Start.AddYears(1), Cancelled);

        var after = await table.ReadAllAsync(Cancelled);
        Assert.Equal([.. before.Members.Where(m => m.Item1.Status != SiloStatus.Dead).Select(m => Silos.Text(m.Item1)).Order(StringComparer.Ordinal)], Silos.Texts(after));
        Assert.InRange(after.Version.Version, before.Version.Version, before.Version.Version + 1);
        Assert.True(await InsertAsync(table, Silos.Row(Silos.Address(20))));
    }

    [Fact]
    public async Task A_cleanup_of_nothing_changes_nothing()
    {
        var table = await NewAsync();
        await InsertAsync(table, Silos.Row(Silos.Address(1), SiloStatus.Active));
        var before = await table.ReadAllAsync(Cancelled);

        await table.CleanupDefunctSiloEntriesAsync(Silos.Start.AddYears(1), Cancelled);

        await AssertUnchangedAsync(table, before);
    }

    /// <summary>Heartbeats may lag behind in what is read, as their contract says, but not for long.</summary>
    private static async Task AliveAsync(IMembershipTable table, SiloAddress silo, DateTime at) => await Eventually.BecomesAsync(
        async () => (await table.ReadAllAsync(Cancelled)).Row(silo).IAmAliveTime, alive => alive == at, TimeSpan.FromSeconds(10), $"{silo} alive at {at:O}");
}
