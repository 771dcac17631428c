namespace OrleansGateway;

/// <summary>An answer that was given before, as it is given again.</summary>
/// <param name="Answer">How the call ended, with the receipt that is in the book.</param>
/// <param name="Events">Of a stream, all that its caller got, end included; of one that broke, what came before.</param>
[GenerateSerializer, Immutable, Alias("replayed-answer")]
public sealed record ReplayedAnswer([property: Id(0)] ProviderAnswer Answer, [property: Id(1)] ReadOnlyMemory<byte> Events)
{
    /// <summary>Who gave it.</summary>
    public AnsweredBy By => Answer switch
    {
        ProviderAnswer.Completed completed => completed.By,
        ProviderAnswer.Streamed streamed => streamed.By,
        ProviderAnswer.Failed failed => failed.By,
        _ => throw new InvalidOperationException($"A {Answer.GetType().Name} says not who gave it."),
    };
}
