namespace OrleansGateway.Simulator;

/// <summary>A script kept for the next <see cref="Count"/> calls, or for the next calls of one model.</summary>
public sealed record NextScript
{
    /// <summary>How those calls are answered.</summary>
    public required SimulatorScript Script { get; init; }

    /// <summary>Only calls for this model use it; null matches any.</summary>
    public string? Model { get; init; }

    /// <summary>How many calls use it.</summary>
    public int Count { get; init; } = 1;
}
