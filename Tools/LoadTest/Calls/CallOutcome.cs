namespace OrleansGateway.LoadTest;

/// <summary>What became of one call. Times are counted from the start of the load.</summary>
/// <param name="Due">When it was to be placed.</param>
/// <param name="Sent">When it was placed: later than due when the generator itself fell behind.</param>
/// <param name="Ended">When its answer was whole, or it failed.</param>
internal readonly record struct CallOutcome(TimeSpan Due, TimeSpan Sent, TimeSpan Ended)
{
    /// <summary>When the first event of a stream came; null when none did, or nothing was streamed.</summary>
    public TimeSpan? FirstEvent { get; init; }

    /// <summary>How many events came.</summary>
    public int Events { get; init; }

    /// <summary>The answer's status; null when no headers came.</summary>
    public int? Status { get; init; }

    /// <summary>Whether it says when to come again.</summary>
    public bool SaysWhen { get; init; }

    /// <summary>The error's code, or what went wrong in words; null when it was answered.</summary>
    public string? Error { get; init; }

    /// <summary>Whether it was answered to its end.</summary>
    public bool Answered => Error is null;

    /// <summary>Whether it was refused as the contract says: too much for now, and when to come again.</summary>
    public bool RefusedProperly => Status is 429 or 503 && SaysWhen;
}
