using System.Collections.Concurrent;

namespace OrleansGateway.Tests.Conformance.Membership;

public abstract partial class MembershipConformance
{
    [Fact]
    public async Task Of_racing_writers_of_different_rows_exactly_one_wins()
    {
        const int writers = 10;
        const int rounds = 5;
        var table = await NewAsync();
        for (var i = 0; i < writers; i++) await InsertAsync(table, Silos.Row(Silos.Address(i)));
        var handles = Enumerable.Range(0, writers).Select(_ => Open(Cluster())).ToList();
        await Task.WhenAll(handles.Select(handle => handle.InitializeMembershipTableAsync(true, Cancelled)));

        for (var round = 1; round <= rounds; round++)
        {
            var seen = await table.ReadAllAsync(Cancelled);
            var zone = round;
            var won = await Task.WhenAll(handles.Select((handle, i) => Task.Run(
                () =>
                {
                    var row = Silos.Row(Silos.Address(i), SiloStatus.Active);
                    row.UpdateZone = zone;
                    return handle.UpdateRowAsync(row, seen.RowEtag(row.SiloAddress), seen.Version.Next(), Cancelled);
                },
                Cancelled)));

            Assert.Equal(1, won.Count(w => w));
            var now = await table.ReadAllAsync(Cancelled);
            Assert.Equal(seen.Version.Version + 1, now.Version.Version);
            Assert.Equal(zone, now.Row(Silos.Address(Array.IndexOf(won, true))).UpdateZone);
            Assert.Equal(1, now.Members.Count(member => member.Item1.UpdateZone == zone));
        }
    }

    [Fact]
    public async Task Twenty_silos_that_join_at_once_all_join_and_each_version_has_one_winner()
    {
        const int silos = 20;
        var winners = new ConcurrentBag<int>();
        var handles = Enumerable.Range(0, silos).Select(_ => Open(Cluster())).ToList();

        await Task.WhenAll(handles.Select((handle, i) => Task.Run(
            async () =>
            {
                await handle.InitializeMembershipTableAsync(true, Cancelled);
                while (true)
                {
                    var seen = await handle.ReadAllAsync(Cancelled);
                    if (!await handle.InsertRowAsync(Silos.Row(Silos.Address(i), SiloStatus.Active), seen.Version.Next(), Cancelled)) continue;
                    winners.Add(seen.Version.Version + 1);
                    return;
                }
            },
            Cancelled)));

        var all = await handles[0].ReadAllAsync(Cancelled);
        Assert.Equal(silos, all.Version.Version);
        Assert.Equal(silos, all.Members.Count);
        Assert.Equal(Enumerable.Range(1, silos), winners.Order());
    }

    [Fact]
    public async Task What_is_read_is_of_one_moment_whatever_is_written_meanwhile()
    {
        const int rows = 128;
        const int writes = 60;
        var table = await NewAsync();
        await FillAsync(table, rows);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var cleanups = 0;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = Task.WhenAll(Enumerable.Range(0, 3).Select(reader => Task.Run(
            async () =>
            {
                var handle = await NewAsync();
                while (!stop.IsCancellationRequested)
                {
                    AssertOfOneMoment(await handle.ReadAllAsync(Cancelled), () => Volatile.Read(ref cleanups));
                    var one = await handle.ReadRowAsync(Silos.Address(reader), Cancelled);
                    Assert.True(Assert.Single(one.Members).Item1.UpdateZone <= one.Version.Version);
                    begun.TrySetResult();
                }
            },
            Cancelled)));

        // A table in memory is written before a reader has begun.
        await await Task.WhenAny(begun.Task, reading);
        // Each write leaves the version it makes in the row it changes.
        for (var i = 0; i < writes; i++)
        {
            var row = Silos.Row(Silos.Address(i), i % 4 == 3 ? SiloStatus.Dead : SiloStatus.Active);
            await WriteVersionAsync(table, row);
            if (i % 20 == 19)
            {
                Interlocked.Increment(ref cleanups);
                await table.CleanupDefunctSiloEntriesAsync(Silos.Start.AddDays(1), Cancelled);
            }
        }

        await stop.CancelAsync();
        await reading;
    }

    private static async Task FillAsync(IMembershipTable table, int rows)
    {
        var version = (await table.ReadAllAsync(Cancelled)).Version;
        for (var i = 0; i < rows; i++)
        {
            var row = Silos.Row(Silos.Address(i), SiloStatus.Active);
            row.UpdateZone = version.Version + 1;
            Assert.True(await table.InsertRowAsync(row, version.Next(), Cancelled));
            version = (await table.ReadRowAsync(row.SiloAddress, Cancelled)).Version;
        }
    }

    private static async Task WriteVersionAsync(IMembershipTable table, MembershipEntry row)
    {
        var seen = await table.ReadAllAsync(Cancelled);
        row.UpdateZone = seen.Version.Version + 1;
        Assert.True(await table.UpdateRowAsync(row, seen.RowEtag(row.SiloAddress), seen.Version.Next(), Cancelled));
    }

    // The newest row is as new as the table, but for cleanups: each may add one, and take the newest row.
    private static void AssertOfOneMoment(MembershipTableData read, Func<int> cleanups)
    {
        var newest = read.Members.Max(member => member.Item1.UpdateZone);
        Assert.InRange(read.Version.Version, newest, newest + (2 * cleanups()));
    }
}
