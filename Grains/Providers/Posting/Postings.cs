namespace OrleansGateway;

/// <summary>Words a call's endings as postings.</summary>
internal static class Postings
{
    /// <summary>Charges a usage at the price of the target that was called.</summary>
    public static Posting Posted(UpstreamCall call, in MeteredUsage metered, string word) => new()
    {
        Hold = call.Plan.Hold,
        Kind = PostingKind.Posted,
        Provider = call.Tried.Provider,
        Model = call.Tried.Model,
        Usage = metered.Usage,
        // An estimate does not know of which kinds its tokens were, so each is the dearest.
        Cost = metered.Estimated ? call.Tried.Price.WorstCase(metered.Usage.Input, metered.Usage.Output) : call.Tried.Price.CostOf(metered.Usage),
        UpstreamCost = metered.UpstreamCost,
        PriceVersion = call.Tried.Price.Version,
        Outcome = word,
        Estimated = metered.Estimated,
    };

    /// <summary>How a failure that nothing comes after ends the hold.</summary>
    public static Posting OfFailure(UpstreamCall call, AttemptOutcome.Failed failed) =>
        failed.Usage is { } metered ? Posted(call, metered, failed.Word)
        : call.TaintedBy is not null ? Suspense(call, failed.Word)
        : Void(call, failed.Word);

    /// <summary>Gives the hold back.</summary>
    public static Posting Void(UpstreamCall call, string word) => Ended(call, PostingKind.Void, word);

    /// <summary>Gives back, unused, the hold that a renewal may have made without anyone hearing of it.</summary>
    public static Posting VoidNext(UpstreamCall call) => new()
    {
        Hold = call.Plan.Hold with { Attempt = call.Plan.Hold.Attempt + 1 },
        Kind = PostingKind.Void,
        Outcome = OutcomeWords.RenewalUnheard,
    };

    /// <summary>Leaves the hold counted: the upstream may have charged.</summary>
    public static Posting Suspense(UpstreamCall call, string word) => Ended(call, PostingKind.Suspense, word);

    /// <summary>What the book will say of a posting once it is booked.</summary>
    public static PostingReceipt ExpectedReceipt(Posting posting, Money held) => posting.Kind switch
    {
        PostingKind.Posted => new PostingReceipt(Money.Min(posting.Cost, held), posting.Cost - Money.Min(posting.Cost, held)),
        PostingKind.Suspense => new PostingReceipt(Money.Zero, held),
        _ => default,
    };

    private static Posting Ended(UpstreamCall call, PostingKind kind, string word) => new()
    {
        Hold = call.Plan.Hold,
        Kind = kind,
        Provider = call.Tried.Provider,
        Model = call.Tried.Model,
        Outcome = word,
    };
}
