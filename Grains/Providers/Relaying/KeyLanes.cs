namespace OrleansGateway;

/// <summary>Where one attempt goes: a provider, by one of its keys, for a model.</summary>
internal sealed record KeyLane(string Provider, UpstreamKey Key, string Model, LaneHealth Health, FairLane Fair);

/// <summary>
/// Chooses the key of each attempt, the only place that does: by weight among those that do not rest. A key that is limited rests for that model, one that
/// was refused for all, and the others go on.
/// </summary>
internal sealed class KeyLanes(UpstreamHealth health, FairLanes fair, Random random, PoolTime time)
{
    /// <summary>How long a key that was refused is used only when there is no other.</summary>
    private static readonly TimeSpan RefusedRest = TimeSpan.FromMinutes(1);

    /// <summary>How long a key rests after a limit that does not say how long.</summary>
    private static readonly TimeSpan LimitedRest = TimeSpan.FromSeconds(1);

    /// <summary>The lane of the next attempt; null when the limits of all keys leave none. An only key is always taken: its target rests in its place.</summary>
    public KeyLane? Choose(UpstreamClient client, PlanTarget target)
    {
        var keys = client.Keys;
        if (keys.Length == 1) return Lane(client, target, keys[0]);
        var free = keys.Where(key => RestOf(target, key) is null).ToList();
        // Of those that do not rest, one where nothing waits.
        if ((Pick(free.Where(key => Lane(client, target, key).Fair.HasRoom(1))) ?? Pick(free)) is { } picked) return Lane(client, target, picked);
        // What was refused may have been mended; what is limited is not, before its time.
        return Pick(keys.Where(key => RestOf(target, key)?.Kind == UpstreamFailureKind.Authentication)) is { } refused ? Lane(client, target, refused) : null;
    }

    /// <summary>Whether an attempt would find a key that does not rest.</summary>
    public bool HasFree(UpstreamClient client, PlanTarget target)
    {
        foreach (var key in client.Keys)
            if (RestOf(target, key) is null) return true;
        return false;
    }

    /// <summary>How long until the first of the keys that are limited may be used again.</summary>
    public TimeSpan UntilFree(UpstreamClient client, PlanTarget target) =>
        client.Keys
            .Select(key => RestOf(target, key))
            .Where(rest => rest is not { Kind: UpstreamFailureKind.Authentication })
            .Select(rest => rest is null ? TimeSpan.Zero : health.Left(rest))
            .DefaultIfEmpty()
            .Min();

    /// <summary>Lets the lane of a failed attempt rest when that is what the upstream said; its target too when it was the last.</summary>
    public void OnFailed(Attempt attempt, AttemptOutcome.Failed failed)
    {
        var (lane, client, target, now) = (attempt.Lane, attempt.Client, attempt.Target, time.GetUtcNow());
        switch (failed.Kind)
        {
            case UpstreamFailureKind.Authentication:
                health.LeaveAlone(new TargetRest(lane.Provider, lane.Model, now + RefusedRest, failed.Kind, lane.Key.Name));
                break;
            case UpstreamFailureKind.RateLimited when client.Keys.Length > 1:
                health.LeaveAlone(new TargetRest(lane.Provider, lane.Model, now + (failed.RetryAfter ?? LimitedRest), failed.Kind, lane.Key.Name));
                if (!HasFree(client, target) && UntilFree(client, target) is var left && left > TimeSpan.Zero) attempt.Health.LeaveAlone(now + left, failed.Kind);
                break;
            case UpstreamFailureKind.RateLimited when failed.RetryAfter is { } rest:
                attempt.Health.LeaveAlone(now + rest, failed.Kind);
                break;
        }
    }

    /// <summary>Whether a key rests for a target, until when and why.</summary>
    public TargetRest? RestOf(PlanTarget target, UpstreamKey key) => health.RestOf(target.Provider, target.Model, key.Name);

    private KeyLane Lane(UpstreamClient client, PlanTarget target, UpstreamKey key)
    {
        var lane = health.Of(target.Provider, target.Model).Lane(key.Name);
        return lane.Lane ??= new(target.Provider, key, target.Model, lane, fair.Of(target.Provider, key.Name, target.Model, client.Options));
    }

    private UpstreamKey? Pick(IEnumerable<UpstreamKey> keys)
    {
        UpstreamKey? picked = null;
        var first = (Spare: true, Turn: double.PositiveInfinity);
        foreach (var key in keys)
        {
            var turn = (Spare: key.Weight == 0, Turn: WeightedTurn.Of(key.Weight, random));
            if (picked is null || turn.CompareTo(first) < 0) (picked, first) = (key, turn);
        }
        return picked;
    }
}
