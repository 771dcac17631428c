namespace OrleansGateway;

/// <summary>A clock that all processes of a cluster can ask.</summary>
public interface ISharedClock
{
    /// <summary>What it is called in logs.</summary>
    string Name { get; }

    /// <summary>What it says. Idempotent; throws when it cannot be asked.</summary>
    Task<DateTimeOffset> NowAsync();
}
