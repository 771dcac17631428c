using CsCheck;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>Random histories, played to two handles of a table and to a naive model beside them: every answer must be the same.</summary>
internal sealed class MembershipHistories
{
    private const int SiloCount = 5;
    private const int MostRounds = 10;

    // More than these are enough of the interesting cases.
    private const int FewRefused = 10;
    private const int FewCleaned = 3;
    private const int FewAfterHeartbeat = 10;

    private static readonly Gen<int> Handle = Gen.Int[0, 1];
    private static readonly Gen<int> Silo = Gen.Int[0, SiloCount - 1];
    private static readonly Gen<SiloStatus> Status = Gen.Int[0, 5].Select(which =>
        new[] { SiloStatus.Joining, SiloStatus.Active, SiloStatus.ShuttingDown, SiloStatus.Stopping, SiloStatus.Dead, SiloStatus.Dead }[which]);

    private static readonly Gen<MembershipStep> Steps = Gen.Frequency(
        (6, Gen.Select(Handle, Silo, Gen.Int[0, 3]).Select((handle, silo, stale) => (MembershipStep)new MembershipStep.Insert(handle, silo, stale == 0))),
        (6, Gen.Select(Handle, Silo, Status, Gen.Int[0, 2], Gen.Int[0, 3])
            .Select((handle, silo, status, votes, stale) => (MembershipStep)new MembershipStep.Update(handle, silo, status, votes, stale == 0))),
        (5, Gen.Select(Handle, Silo).Select((handle, silo) => (MembershipStep)new MembershipStep.Heartbeat(handle, silo))),
        (2, Gen.Select(Handle, Gen.Int[0, 30]).Select((handle, minutes) => (MembershipStep)new MembershipStep.Cleanup(handle, minutes))),
        (1, Handle.Select(handle => (MembershipStep)new MembershipStep.Initialise(handle))),
        (4, Handle.Select(handle => (MembershipStep)new MembershipStep.Read(handle))),
        (2, Gen.Select(Handle, Silo).Select((handle, silo) => (MembershipStep)new MembershipStep.ReadRow(handle, silo))));

    private int _refused;
    private int _cleaned;
    private int _afterHeartbeat;

    public static async Task CheckAsync(Func<string, IMembershipTable> open, long histories)
    {
        var seen = new MembershipHistories();
        var run = Guid.NewGuid().ToString("N")[..8];
        var number = 0;
        // Again while chance has left out the interesting cases.
        for (var round = 0; round == 0 || (round < MostRounds && !seen.IsEnough); round++)
            await Steps.Array[1, 40].SampleAsync(async steps => await seen.PlayAsync(steps, open, $"h-{run}-{Interlocked.Increment(ref number)}"), iter: histories, threads: 1);

        Assert.True(seen._refused > FewRefused, $"only {seen._refused} refused writes");
        Assert.True(seen._cleaned > FewCleaned, $"only {seen._cleaned} silos cleaned up");
        Assert.True(seen._afterHeartbeat > FewAfterHeartbeat, $"only {seen._afterHeartbeat} writes with what was read before a heartbeat");
    }

    private bool IsEnough => _refused > FewRefused && _cleaned > FewCleaned && _afterHeartbeat > FewAfterHeartbeat;

    private async Task PlayAsync(MembershipStep[] steps, Func<string, IMembershipTable> open, string cluster)
    {
        IMembershipTable[] handles = [open(cluster), open(cluster)];
        foreach (var handle in handles) await handle.InitializeMembershipTableAsync(true);
        var model = new NaiveTable();
        MembershipTableData[] read = [await handles[0].ReadAllAsync(), await handles[1].ReadAllAsync()];
        var beats = 0;

        foreach (var step in steps)
        {
            var table = handles[step.Handle];
            switch (step)
            {
                case MembershipStep.Insert insert:
                    await WriteAsync(insert.Stale, Silos.Row(Silos.Address(insert.Silo)), (row, seen) => table.InsertRowAsync(row, seen.Version.Next()), isInsert: true);
                    break;
                case MembershipStep.Update update:
                    var changed = Silos.Row(Silos.Address(update.Silo), update.Status);
                    for (var vote = 0; vote < update.Votes; vote++) changed.AddSuspector(Silos.Address(90 + vote), Silos.Start.AddMinutes(vote));
                    await WriteAsync(
                        update.Stale,
                        changed,
                        (row, seen) => table.UpdateRowAsync(row, seen.TryGet(row.SiloAddress)?.Item2 ?? seen.Version.VersionEtag, seen.Version.Next()),
                        isInsert: false);
                    break;
                case MembershipStep.Heartbeat beat when model.Rows.TryGetValue(Silos.Address(beat.Silo), out var row):
                    row.IAmAliveTime = Silos.Start.AddMinutes(++beats);
                    await table.UpdateIAmAliveAsync(Silos.Heartbeat(row.SiloAddress, row.IAmAliveTime));
                    break;
                case MembershipStep.Cleanup cleanup:
                    await table.CleanupDefunctSiloEntriesAsync(Silos.Start.AddMinutes(cleanup.Minutes));
                    _cleaned += model.Cleanup(Silos.Start.AddMinutes(cleanup.Minutes), (await table.ReadAllAsync()).Version.Version);
                    break;
                case MembershipStep.Initialise:
                    await table.InitializeMembershipTableAsync(true);
                    break;
                case MembershipStep.Read:
                    read[step.Handle] = await table.ReadAllAsync();
                    model.AssertIs(read[step.Handle]);
                    break;
                case MembershipStep.ReadRow one:
                    model.AssertIs(await table.ReadRowAsync(Silos.Address(one.Silo)), Silos.Address(one.Silo));
                    break;
            }

            async Task WriteAsync(bool stale, MembershipEntry row, Func<MembershipEntry, MembershipTableData, Task<bool>> write, bool isInsert)
            {
                var seen = stale ? read[step.Handle] : await table.ReadAllAsync();
                var isBeaten = false;
                if (model.Rows.TryGetValue(row.SiloAddress, out var known))
                {
                    // Another handle's heartbeat, between this one's read and its write.
                    known.IAmAliveTime = Silos.Start.AddMinutes(++beats);
                    await handles[1 - step.Handle].UpdateIAmAliveAsync(Silos.Heartbeat(row.SiloAddress, known.IAmAliveTime));
                    row.IAmAliveTime = known.IAmAliveTime; // whether a write takes a heartbeat back is each table's own affair
                    isBeaten = true;
                }

                var wanted = model.Write(row, seen.Version, isInsert);
                Assert.Equal(wanted, await write(row, seen));
                _refused += wanted ? 0 : 1;
                _afterHeartbeat += wanted && isBeaten ? 1 : 0;
            }
        }

        foreach (var handle in handles) model.AssertIs(await handle.ReadAllAsync());
    }

    /// <summary>A table as its contract reads: no wire, no store.</summary>
    private sealed class NaiveTable
    {
        private int _version;

        public Dictionary<SiloAddress, MembershipEntry> Rows { get; } = [];

        public bool Write(MembershipEntry row, TableVersion seen, bool isInsert)
        {
            if (seen.Version != _version || Rows.ContainsKey(row.SiloAddress) == isInsert) return false;
            _version++;
            var kept = Silos.Row(row.SiloAddress, row.Status, row.StartTime);
            (kept.IAmAliveTime, kept.SuspectTimes) = (row.IAmAliveTime, [.. row.SuspectTimes ?? []]);
            Rows[row.SiloAddress] = kept;
            return true;
        }

        public int Cleanup(DateTime before, int versionNow)
        {
            var defunct = Rows.Values
                .Where(row => row.Status == SiloStatus.Dead
                    && (row.SuspectTimes ?? []).Select(vote => vote.Item2).Append(row.StartTime).Append(row.IAmAliveTime).Max() < before)
                .ToList();
            Assert.InRange(versionNow, _version, defunct.Count == 0 ? _version : _version + 1);
            _version = versionNow;
            foreach (var row in defunct) Rows.Remove(row.SiloAddress);
            return defunct.Count;
        }

        public void AssertIs(MembershipTableData read, SiloAddress? only = null)
        {
            Assert.Equal(_version, read.Version.Version);
            var wanted = Rows.Values.Where(row => only is null || row.SiloAddress.Equals(only)).Select(Silos.Text).Order(StringComparer.Ordinal);
            Assert.Equal(wanted, Silos.Texts(read));
        }
    }
}
