namespace OrleansGateway;

/// <summary>Whether the upstream may have charged for a failed attempt.</summary>
internal enum Billing
{
    /// <summary>Certainly not: the same hold serves for another attempt.</summary>
    Never,

    /// <summary>Nobody knows: the hold goes to suspense, another attempt needs another hold.</summary>
    Unknown,
}

/// <summary>How one attempt at one target ended.</summary>
internal abstract record AttemptOutcome
{
    private AttemptOutcome() { }

    /// <summary>The tokens that it is known to have taken; none when nothing is known.</summary>
    public TokenUsage Taken => this switch
    {
        Answered { Answer: ProviderAnswer.Completed completed } => completed.Usage,
        Answered { Answer: ProviderAnswer.Streamed streamed } => streamed.Usage,
        Failed { Usage: { } metered } => metered.Usage,
        _ => default,
    };

    /// <summary>The target answered, and what it cost is posted.</summary>
    public sealed record Answered(ProviderAnswer Answer) : AttemptOutcome;

    /// <summary>The target did not answer, or broke off.</summary>
    public sealed record Failed(UpstreamFailureKind Kind, string Word, Billing Billing = Billing.Never) : AttemptOutcome
    {
        /// <summary>Whether the same target may be tried again.</summary>
        public bool Retryable { get; init; }

        /// <summary>Whether another target may answer instead.</summary>
        public bool FallsBack { get; init; } = true;

        /// <summary>Whether the request was too long for the target's context: only a target with more room may answer it.</summary>
        public bool NeedsRoom { get; init; }

        /// <summary>Whether it says something about the target's health.</summary>
        public bool TripsCircuit { get; init; }

        /// <summary>When to try again, as the upstream or the circuit says.</summary>
        public TimeSpan? RetryAfter { get; init; }

        /// <summary>The upstream's own words, for a request that it rejected.</summary>
        public UpstreamError? Error { get; init; }

        /// <summary>What the upstream says it charged all the same.</summary>
        public MeteredUsage? Usage { get; init; }

        /// <summary>Whether bytes had reached the caller.</summary>
        public bool Begun { get; init; }

        /// <summary>What was booked, when the hold is closed already.</summary>
        public PostingReceipt? Receipt { get; init; }

        /// <summary>How long to wait before the same target is tried again; null when it is not.</summary>
        public TimeSpan? RetryIn { get; init; }

        /// <summary>The response's status, for the log.</summary>
        public int Status { get; init; }

        /// <summary>SHA-256 of the first bytes of what was no answer: an upstream's page is known again by it, and nothing of it is told.</summary>
        public string? Fingerprint { get; init; }

        /// <summary>As the caller is told, but for what was booked.</summary>
        public ProviderAnswer.Failed ToAnswer(AnsweredBy by) => new()
        {
            Kind = Kind,
            By = by,
            RetryAfter = RetryAfter,
            Message = Error?.Message,
            Param = Error?.Param,
            Code = Error?.Code,
            Begun = Begun,
            Outcome = Word,
        };

        /// <summary>Nothing more is tried after this.</summary>
        public Failed Final() => this with { Retryable = false, FallsBack = false, RetryIn = null };
    }
}
