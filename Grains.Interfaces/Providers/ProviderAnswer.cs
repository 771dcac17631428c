namespace OrleansGateway;

/// <summary>Which kind of thing went wrong at every target of a plan.</summary>
public enum UpstreamFailureKind
{
    /// <summary>No connection, or the circuit is open: nothing was billed.</summary>
    Unavailable,

    /// <summary>The upstream limits us.</summary>
    RateLimited,

    /// <summary>No answer, or no further byte, in time.</summary>
    Timeout,

    /// <summary>The upstream failed or broke off.</summary>
    Error,

    /// <summary>The upstream refused the gateway's own key or credit.</summary>
    Authentication,

    /// <summary>What came back is not an answer.</summary>
    InvalidResponse,

    /// <summary>The upstream found fault with the caller's request.</summary>
    RequestRejected,

    /// <summary>The hold could not be renewed for a further attempt.</summary>
    BudgetSpent,
}

/// <summary>Which target answered, or was tried last, after how many attempts.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Model">The catalog's id of the model.</param>
/// <param name="Attempts">Upstream calls made.</param>
/// <param name="Fallback">Whether it is another model than the one asked for.</param>
/// <param name="Route">Why this one; null when it is just what was asked for.</param>
[GenerateSerializer, Immutable, Alias("answered-by")]
public sealed record AnsweredBy(
    [property: Id(0)] string Provider,
    [property: Id(1)] string Model,
    [property: Id(2)] int Attempts,
    [property: Id(3)] bool Fallback,
    [property: Id(4)] string? Route = null);

/// <summary>How a call ended; it is posted before anyone sees this.</summary>
[GenerateSerializer, Immutable, Alias("provider-answer")]
public abstract record ProviderAnswer
{
    private ProviderAnswer() { }

    /// <summary>The upstream's whole answer, byte for byte.</summary>
    [GenerateSerializer, Immutable, Alias("completed")]
    public sealed record Completed(
        [property: Id(0)] AnsweredBy By,
        [property: Id(1)] ReadOnlyMemory<byte> Body,
        [property: Id(2)] TokenUsage Usage,
        [property: Id(3)] PostingReceipt Receipt,
        [property: Id(4)] string Outcome) : ProviderAnswer
    {
        /// <summary>How long the call took, of an answer that is kept: a replay says the same.</summary>
        [Id(5)] public TimeSpan? Took { get; init; }
    }

    /// <summary>The stream ran to its end and every byte of it was pushed to the sink, or the caller went away.</summary>
    [GenerateSerializer, Immutable, Alias("streamed")]
    public sealed record Streamed(
        [property: Id(0)] AnsweredBy By,
        [property: Id(1)] TokenUsage Usage,
        [property: Id(2)] PostingReceipt Receipt,
        [property: Id(3)] string Outcome) : ProviderAnswer
    {
        /// <inheritdoc cref="Completed.Took"/>
        [Id(4)] public TimeSpan? Took { get; init; }
    }

    /// <summary>
    /// No answer, or a stream that broke (<see cref="Begun"/>). <see cref="Message"/>, <see cref="Param"/> and <see cref="Code"/> are the
    /// upstream's own only for <see cref="UpstreamFailureKind.RequestRejected"/>.
    /// </summary>
    [GenerateSerializer, Immutable, Alias("failed")]
    public sealed record Failed : ProviderAnswer
    {
        /// <summary>What went wrong.</summary>
        [Id(0)] public required UpstreamFailureKind Kind { get; init; }

        /// <summary>The target tried last.</summary>
        [Id(1)] public required AnsweredBy By { get; init; }

        /// <summary>When to try again, if the upstream or a circuit says.</summary>
        [Id(2)] public TimeSpan? RetryAfter { get; init; }

        /// <summary>The upstream's message to the caller.</summary>
        [Id(3)] public string? Message { get; init; }

        /// <summary>The field the upstream names.</summary>
        [Id(4)] public string? Param { get; init; }

        /// <summary>The upstream's code.</summary>
        [Id(5)] public string? Code { get; init; }

        /// <summary>What was booked for it.</summary>
        [Id(6)] public PostingReceipt Receipt { get; init; }

        /// <summary>Whether bytes had reached the caller.</summary>
        [Id(7)] public bool Begun { get; init; }

        /// <summary>The posting's outcome word.</summary>
        [Id(8)] public string Outcome { get; init; } = "";
    }
}
