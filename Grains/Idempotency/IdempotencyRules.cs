namespace OrleansGateway;

/// <summary>What a request with an idempotency key gets, by what became of the last hold of that key.</summary>
internal static class IdempotencyRules
{
    /// <summary>Null when it is admitted as any other; its hold then takes over from one that is void or in suspense.</summary>
    public static ReservationOutcome? Decide(KeyedCalls calls, Idempotency asked, RateLimitSnapshot limits) => calls.State switch
    {
        KeyedState.Void => null,
        _ when calls.Fingerprint != asked.Fingerprint => new ReservationOutcome.KeyReused(calls.Last.RequestId),
        KeyedState.Pending => new ReservationOutcome.InProgress(calls.Last.RequestId),
        KeyedState.Posted => new ReservationOutcome.Replay(calls.Last, calls.Receipt, limits),
        KeyedState.Suspense => null,
        _ => throw new ArgumentOutOfRangeException(nameof(calls), calls.State, "Not a state."),
    };

    /// <summary>The hold whose kept answer, if there is one, ends the doubt about what became of the same request; null when there is no doubt.</summary>
    public static HoldId? InDoubt(KeyedCalls? calls, Idempotency asked) =>
        calls is { State: KeyedState.Suspense } && calls.Fingerprint == asked.Fingerprint ? calls.Last : null;
}
