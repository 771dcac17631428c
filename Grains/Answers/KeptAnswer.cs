using System.Text;

namespace OrleansGateway;

/// <summary>An answer with all that is needed to give it again, and to post it should that not have happened.</summary>
/// <param name="For">What asks for it.</param>
/// <param name="Held">What its hold held.</param>
/// <param name="Posting">How its hold ends.</param>
/// <param name="Answer">How the call ended, receipt aside; null when it was too large to keep, alone or with the tenant's others.</param>
/// <param name="Events">Of a stream, what its caller got.</param>
/// <param name="CostAt">Where in the events the cost stands that only the book can tell; null when they tell none.</param>
internal sealed record KeptAnswer(KeepAnswer For, Money Held, Posting Posting, ProviderAnswer? Answer, ReadOnlyMemory<byte> Events = default, int? CostAt = null)
{
    /// <summary>What the book says of it, unless another call of its key was invoiced.</summary>
    public PostingReceipt ExpectedReceipt => Postings.ExpectedReceipt(Posting, Held);

    /// <summary>As the caller gets it, with what was paid for it; null when it was not kept.</summary>
    public ReplayedAnswer? Replay(PostingReceipt receipt) => Answer switch
    {
        ProviderAnswer.Completed completed => new(completed with { Receipt = receipt }, default),
        ProviderAnswer.Streamed streamed => new(streamed with { Receipt = receipt }, Told(receipt.Invoiced)),
        ProviderAnswer.Failed failed => new(failed with { Receipt = receipt }, Events),
        _ => null,
    };

    /// <summary>Only that the call was made, and how its hold ends.</summary>
    public KeptAnswer WithoutAnswer() => new(For, Held, Posting, null);

    private ReadOnlyMemory<byte> Told(Money cost) => CostAt is not { } at
        ? Events
        : (byte[])[.. Events.Span[..at], .. Encoding.UTF8.GetBytes(cost.ToString()), .. Events.Span[at..]];
}
