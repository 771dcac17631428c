namespace OrleansGateway.Tests.Model;

/// <summary>The kinds of step. Those up to <see cref="Sweep"/> are what happens when nothing goes wrong, in the order in which they are taken then.</summary>
internal enum Step : byte
{
    OrphanIsLost,
    Confirmed,
    Reserve,
    PostAtTenant,
    VoidAtTenant,
    SuspendAtTenant,
    RenewAtTenant,
    Answer,
    Keep,
    KeptConfirmed,
    KeptLate,
    Load,
    Sweep,

    UpstreamRefusesForGood,
    OutcomeUnknown,
    OutcomeUnknownBilled,
    NothingMoreTried,
    TellEarly,
    AskerTimeOut,
    PoolTimeOut,
    GhostReserve,
    GhostRenew,
    GhostLost,
    AcknowledgementLost,
    NotConfirmed,
    OrphanLands,
    AskerDies,
    PoolDies,
    PoolDiesBilled,
    ActivationDies,
}

/// <summary>A step and where it leads.</summary>
/// <param name="Step">What happens.</param>
/// <param name="Request">To which request or hold; what that is the step's kind says.</param>
/// <param name="Stale">Whether the activation in it is behind the book.</param>
/// <param name="Seen">What is worth noting about it.</param>
/// <param name="To">The world after it.</param>
internal readonly record struct Move(Step Step, byte Request, bool Stale, Situations Seen, World To);
