namespace OrleansGateway;

/// <summary>Until when something is left alone, and why.</summary>
internal sealed class Resting(PoolTime time)
{
    private TargetRest? _rest;

    /// <summary>Null when it may be called.</summary>
    public TargetRest? Now => Volatile.Read(ref _rest) is { } rest && rest.Until > time.GetUtcNow() ? rest : null;

    /// <summary>Leaves it alone until then, or for longer if that was said before.</summary>
    public void Begin(TargetRest next)
    {
        while (Volatile.Read(ref _rest) is var before && (before is null || before.Until < next.Until))
            if (Interlocked.CompareExchange(ref _rest, next, before) == before) return;
    }
}
