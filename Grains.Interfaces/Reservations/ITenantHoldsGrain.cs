namespace OrleansGateway;

/// <summary>A tenant's open holds, for operators; the same grain as <see cref="ITenantGrain"/>.</summary>
[GrainInterfaceType("tenant-holds"), Alias("tenant-holds")]
public interface ITenantHoldsGrain : IGrainWithStringKey
{
    /// <summary>A page of open holds, the oldest first, in one state or in both (null). Throws <see cref="FormatException"/> for a cursor that is none.</summary>
    [Alias("open-holds"), ResponseTimeout("00:00:30")]
    Task<OpenHoldPage> OpenHolds(OpenHoldState? state, string? cursor, int limit);

    /// <summary>
    /// Books how a hold of unknown outcome ended, on an operator's word. Idempotent: the same again gets the first one's answer, another one a
    /// <see cref="AdminOutcome{T}.Conflict"/>, as does a hold that is still pending. <see cref="AdminOutcome{T}.NotFound"/> when there is no such hold.
    /// </summary>
    [Alias("resolve-hold"), ResponseTimeout("00:00:30")]
    Task<AdminOutcome<ResolvedHold>> ResolveHold(HoldResolution resolution);
}
