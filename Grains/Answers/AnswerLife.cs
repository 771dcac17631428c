namespace OrleansGateway;

/// <summary>How long an answer is kept.</summary>
internal static class AnswerLife
{
    /// <summary>
    /// An answer is stored while its hold lives and asked for while its key is remembered, which is from when the hold was made: a day. The hour is for
    /// clocks that differ.
    /// </summary>
    public static readonly TimeSpan Kept = IdempotencyKeys.Remembered + TimeSpan.FromHours(1);
}
