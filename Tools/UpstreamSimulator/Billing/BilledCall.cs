namespace OrleansGateway.Simulator;

/// <summary>One line of the bill: what a provider would charge for.</summary>
public sealed record BilledCall
{
    /// <summary>The number of the call among all received.</summary>
    public required long Seq { get; init; }

    /// <summary>The answer's id.</summary>
    public required string Id { get; init; }

    /// <summary>When it was billed.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The path called.</summary>
    public required string Path { get; init; }

    /// <summary>The model asked for.</summary>
    public required string Model { get; init; }

    /// <summary>Prompt tokens, cached ones included.</summary>
    public required int InputTokens { get; init; }

    /// <summary>The cached part of the input.</summary>
    public required int CachedInputTokens { get; init; }

    /// <summary>Completion tokens, reasoning included.</summary>
    public required int OutputTokens { get; init; }

    /// <summary>The reasoning part of the output.</summary>
    public required int ReasoningTokens { get; init; }

    /// <summary>The caller's <c>x-request-id</c>.</summary>
    public string? RequestId { get; init; }

    /// <summary>The request's <c>user</c>.</summary>
    public string? User { get; init; }

    /// <summary>The status sent; 0 when the connection was closed before any, 499 when the caller left before any.</summary>
    public required int Status { get; init; }

    /// <summary>Whether the answer was to be sent to its end.</summary>
    public required bool Completed { get; init; }
}
