using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Gives back holds for which no upstream was called. A void that the book does not take is repeated until it does, for as long as this process
/// lives; after that the hold goes to suspense at its deadline.
/// </summary>
internal sealed partial class HoldReleases(IHolds holds, Random random, TimeProvider time, ILogger<HoldReleases> logger)
{
    private readonly Backlog _backlog = new(random, time);

    /// <summary>The most holds that wait to be given back.</summary>
    internal int MostWaiting { get => _backlog.Most; init => _backlog = new Backlog(random, time) { Most = value }; }

    /// <summary>How many holds wait to be given back.</summary>
    public int Waiting => _backlog.Count;

    /// <summary>Books a void, now or later; returns when the first try has ended.</summary>
    public async Task ReleaseAsync(string tenantId, HoldId hold, string outcome)
    {
        var posting = new Posting { Hold = hold, Kind = PostingKind.Void, Outcome = outcome };
        if (!await TryPostAsync(tenantId, posting)) ReleaseLater(tenantId, posting);
    }

    /// <summary>Books a void soon: what the hold's own append ran into may not be over yet.</summary>
    public void ReleaseLater(string tenantId, HoldId hold, string outcome) =>
        ReleaseLater(tenantId, new Posting { Hold = hold, Kind = PostingKind.Void, Outcome = outcome });

    /// <summary>Completes when all were given back, or at the token's end; then it tells how many were not.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (await _backlog.DrainAsync(cancellationToken) is > 0 and var left) LogAbandoned(left);
    }

    private void ReleaseLater(string tenantId, Posting posting)
    {
        if (_backlog.Add(() => TryPostAsync(tenantId, posting)) is null) LogFull(MostWaiting, posting.Hold);
    }

    private async Task<bool> TryPostAsync(string tenantId, Posting posting)
    {
        try
        {
            await holds.PostAsync(tenantId, posting);
            return true;
        }
        catch (Exception)
        {
            // The store or the tenant's silo is away.
            return false;
        }
    }

    [LoggerMessage(
        EventName = "release_backlog_full", Level = LogLevel.Error,
        Message = "{Limit} holds wait to be given back, as many as may: {Hold} goes to suspense at its deadline, and an operator has to resolve it")]
    private partial void LogFull(int limit, HoldId hold);

    [LoggerMessage(
        EventName = "releases_abandoned", Level = LogLevel.Error,
        Message = "{Count} holds were not given back when the silo stopped: they go to suspense at their deadlines")]
    private partial void LogAbandoned(int count);
}
