using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// The membership table as one object: a change reads it, checks the version, and replaces it if nobody else did. Heartbeats are leases beside it.
/// Conflicts answer false and leave nothing behind; what could not be decided is thrown, and the caller reads again.
/// </summary>
internal sealed partial class KubernetesMembershipTable(
    ClusterApi api, Jitter jitter, TimeProvider time, ILogger<KubernetesMembershipTable> logger, IHostApplicationLifetime? process = null)
    : IMembershipTable
{
    // Only changes of labels and the like get this far: a change of the table itself ends the loop at once.
    private const int MostTries = 10;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private volatile IReadOnlyDictionary<SiloAddress, DateTime> _heartbeats = new Dictionary<SiloAddress, DateTime>();
    private string? _uid;

    /// <summary>
    /// Creates the object if asked to and it is not there; one that is there is left as it is. An API server that is away is waited for: Orleans asks once, and would end the
    /// process. It cannot call it off either, so that a process which is told to stop meanwhile ends the wait.
    /// </summary>
    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, process?.ApplicationStopping ?? default);
        for (var tries = 0; ; tries++)
        {
            try
            {
                await InitializeOnceAsync(tryInitTableVersion, either.Token);
                return;
            }
            catch (Exception e) when (ApiFaults.MayPass(e))
            {
                if (tries == 0) LogAwaited(logger, e, api.Namespace, api.ClusterId);
            }

            await Task.Delay(jitter.Backoff(tries, FirstWait, LongestWait), time, either.Token);
        }
    }

    private async Task InitializeOnceAsync(bool tryInitTableVersion, CancellationToken cancellationToken)
    {
        if (tryInitTableVersion && await api.FindAsync(cancellationToken) is null && await api.CreateAsync(cancellationToken)) LogCreated(logger, api.Namespace, api.ClusterId);
        var view = await GetAsync(cancellationToken);
        if (view.Source.Spec is { } spec && (spec.ClusterId, spec.ServiceId) != (api.ClusterId, api.ServiceId))
            throw new KubernetesClusteringException(
                $"The OrleansCluster {api.Namespace}/{api.ClusterId} is of cluster '{spec.ClusterId}' and service '{spec.ServiceId}', "
                + $"but this silo is of service '{api.ServiceId}': give it a ClusterId of its own.");
    }

    /// <summary>The table as it is now, never from a watch; of the heartbeats, those of a moment ago.</summary>
    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken = default)
    {
        var view = await GetAsync(cancellationToken);
        await TryListHeartbeatsAsync(cancellationToken);
        return new MembershipTableData([.. view.Rows.Select(row => Tuple.Create(Alive(row), view.Etag))], view.TableVersion);
    }

    /// <summary>As <see cref="ReadAllAsync"/>, of one silo.</summary>
    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken = default)
    {
        var view = await GetAsync(cancellationToken);
        if (view.Rows.FirstOrDefault(row => row.SiloAddress.Equals(key)) is not { } found) return new MembershipTableData(view.TableVersion);
        await TryListHeartbeatsAsync(cancellationToken);
        return new MembershipTableData(Tuple.Create(Alive(found), view.Etag), view.TableVersion);
    }

    /// <summary>False when the silo is there already or the table has moved on.</summary>
    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken = default) => ChangeAsync(
        tableVersion, (rows, row) => rows.Any(IsOf(entry)) ? null : [.. rows, row], ClusterRow.ToMember(entry), cancellationToken);

    /// <summary>False when the silo is not there or the table has moved on. The row's etag is the table's, and says no more than it.</summary>
    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken = default) => ChangeAsync(
        tableVersion, (rows, row) => rows.Any(IsOf(entry)) ? [.. rows.Select(r => IsOf(entry)(r) ? row : r)] : null, ClusterRow.ToMember(entry), cancellationToken);

    /// <summary>One blind write; neither version nor etags move. For a silo without a row it is kept until the row comes, or the next cleanup.</summary>
    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken = default) =>
        api.HeartbeatAsync(entry.SiloAddress, entry.IAmAliveTime, cancellationToken);

    /// <summary>Takes away what is dead and was last heard of before the moment, and leases that belong to no row. Nothing to take away is no change.</summary>
    public async Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken = default)
    {
        var before = beforeDate.UtcDateTime;
        for (var tries = 0; ; tries++)
        {
            // In this order: a silo that joins in between has a lease younger than any moment asked for.
            var view = await GetAsync(cancellationToken);
            _heartbeats = await api.ListHeartbeatsAsync(exact: true, cancellationToken);
            var defunct = view.Rows.Where(row => row.Status == SiloStatus.Dead && LastHeardOf(Alive(row)) < before).Select(row => row.SiloAddress).ToHashSet();
            if (defunct.Count == 0
                || await api.ReplaceAsync(
                    view,
                    StatusOf(view.Version + 1, [.. view.Rows.Where(row => !defunct.Contains(row.SiloAddress)).Select(ClusterRow.ToMember)]),
                    cancellationToken))
            {
                var kept = view.Rows.Select(row => row.SiloAddress).Except(defunct).ToHashSet();
                foreach (var (silo, at) in _heartbeats)
                    if (!kept.Contains(silo) && at < before) await api.DeleteLeaseAsync(silo, cancellationToken);
                return;
            }

            if (tries == MostTries)
                throw new KubernetesClusteringException(
                    $"The OrleansCluster {api.Namespace}/{api.ClusterId} changed at each of {MostTries} tries to clean it up; "
                    + "it is tried again with the next cleanup.");
            await PauseAsync(tries, cancellationToken);
        }
    }

    /// <summary>Deletes the object and its leases. Only for a cluster that has come to its end.</summary>
    public async Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken = default)
    {
        if (clusterId != api.ClusterId) throw new ArgumentException($"This table is of cluster '{api.ClusterId}', not of '{clusterId}'.", nameof(clusterId));
        await api.DeleteAsync(cancellationToken);
        foreach (var silo in (await api.ListHeartbeatsAsync(exact: true, cancellationToken)).Keys) await api.DeleteLeaseAsync(silo, cancellationToken);
        (_heartbeats, _uid) = (new Dictionary<SiloAddress, DateTime>(), null);
    }

    /// <summary>One change of the table: all of it, or none.</summary>
    private async Task<bool> ChangeAsync(
        TableVersion next, Func<IReadOnlyList<MemberObject>, MemberObject, IReadOnlyList<MemberObject>?> change, MemberObject row, CancellationToken ct)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var view = await GetAsync(ct);
            if (next.VersionEtag != view.Etag || next.Version != view.Version + 1) return false;
            if (change(view.Source.Status?.Members ?? [], row) is not { } members) return false;
            if (await api.ReplaceAsync(view, StatusOf(next.Version, members), ct)) return true;
            await PauseAsync(tries, ct);
        }

        LogContended(logger, api.Namespace, api.ClusterId, MostTries);
        return false;
    }

    private async Task<ClusterView> GetAsync(CancellationToken ct)
    {
        var view = await api.GetAsync(ct);
        var uid = view.Source.Metadata.Uid;
        if (_uid is not null && _uid != uid) LogReplaced(logger, api.Namespace, api.ClusterId);
        _uid = uid;
        return view;
    }

    // Heartbeats may lag: a table that can be read is not withheld because they cannot.
    private async Task TryListHeartbeatsAsync(CancellationToken ct)
    {
        try
        {
            _heartbeats = await api.ListHeartbeatsAsync(exact: false, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            LogNoHeartbeats(logger, e);
        }
    }

    private MembershipEntry Alive(MembershipEntry row)
    {
        if (_heartbeats.TryGetValue(row.SiloAddress, out var at) && at > row.IAmAliveTime) row.IAmAliveTime = at;
        return row;
    }

    private Task PauseAsync(int tries, CancellationToken ct) => Task.Delay(jitter.Backoff(tries, FirstPause, LongestPause), time, ct);

    private static DateTime LastHeardOf(MembershipEntry row) =>
        (row.SuspectTimes ?? []).Select(vote => vote.Item2).Append(row.StartTime).Append(row.IAmAliveTime).Max();

    private static ClusterStatus StatusOf(int version, IReadOnlyList<MemberObject> members) =>
        new(version, members.Count(member => member.Status == nameof(SiloStatus.Active)), members);

    // Addresses are compared as such: a hand may have written one in another form.
    private static Func<MemberObject, bool> IsOf(MembershipEntry entry) => member => SiloAddress.TryParse(member.Address, out var silo) && silo.Equals(entry.SiloAddress);
}
