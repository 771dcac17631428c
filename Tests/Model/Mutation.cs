namespace OrleansGateway.Tests.Model;

/// <summary>A rule of the protocol, broken. Each must be caught by an invariant.</summary>
public enum Mutation
{
    None,

    /// <summary>A hold is granted before it is in the book.</summary>
    GrantBeforeAppend,

    /// <summary>A hold whose deadline has passed is given back.</summary>
    ExpiryFrees,

    /// <summary>An append does not ask whether the book is still as long as when it was decided.</summary>
    AppendWithoutCount,

    /// <summary>A key is known only once its call is posted.</summary>
    KeyRecordedAfterCall,

    /// <summary>The hold is ended in one write and charged in the next.</summary>
    PostingInTwoWrites,

    /// <summary>After an attempt of unknown outcome the next one goes out on the same hold.</summary>
    RetryOnSameHold,

    /// <summary>The caller is told before the call is posted.</summary>
    ReplyBeforePosting,

    /// <summary>A posting that is repeated, or late, is appended again.</summary>
    RepeatedPostingAppends,

    /// <summary>A hold of unknown outcome is given back.</summary>
    VoidOnUnknownOutcome,

    /// <summary>A hold that the tenant does not know is not voided.</summary>
    NoFencingVoid,

    /// <summary>The answer is kept after its call was posted.</summary>
    AnswerKeptAfterPosting,

    /// <summary>A key whose call is under way is taken over.</summary>
    TakeoverWhilePending,

    /// <summary>Every posting of a key is invoiced.</summary>
    SecondPostingInvoiced,

    /// <summary>The upstream is sent a limit that may cost more than is held.</summary>
    HoldSmallerThanSent,

    /// <summary>An activation that is behind says of a hold it does not know that it has ended.</summary>
    StaleActivationAnswers,

    /// <summary>A pool that is refused when it asks again does not give back what its first call may have got.</summary>
    RefusalKeepsFirstHold,

    /// <summary>A hold that was renewed unheard is left to its deadline.</summary>
    UnheardRenewalIsLeft,
}
