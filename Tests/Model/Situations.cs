namespace OrleansGateway.Tests.Model;

/// <summary>What a search must have come across to mean anything.</summary>
[Flags]
public enum Situations
{
    None = 0,
    BudgetSpent = 1 << 0,
    InProgress = 1 << 1,
    KeyReused = 1 << 2,

    /// <summary>A key's answer was told again.</summary>
    Replay = 1 << 3,

    /// <summary>A hold in suspense was posted because its key was asked again and its answer was kept.</summary>
    KeptAnswerPosted = 1 << 4,

    /// <summary>A key whose call was lost got another hold.</summary>
    Takeover = 1 << 5,
    LatePostResolves = 1 << 6,
    FencingVoid = 1 << 7,
    Renewal = 1 << 8,
    RenewalDenied = 1 << 9,
    Expiry = 1 << 10,

    /// <summary>An activation that was behind tried to append.</summary>
    StaleAppendRefused = 1 << 11,

    /// <summary>Two activations of the tenant were live at once.</summary>
    TwoActivations = 1 << 12,

    /// <summary>An append landed that was not confirmed.</summary>
    LostAcknowledgement = 1 << 13,

    /// <summary>An append landed after its activation was gone.</summary>
    LateLanding = 1 << 14,

    /// <summary>A call for a hold came after nobody waited for it any more.</summary>
    GhostCall = 1 << 15,

    /// <summary>A second call got the hold that the first had made.</summary>
    GrantedAgain = 1 << 16,

    /// <summary>An activation that is behind was asked about a hold it does not know.</summary>
    StaleAndUnknown = 1 << 17,

    /// <summary>The second posting of a key was absorbed.</summary>
    SecondPostingAbsorbed = 1 << 18,

    /// <summary>A caller was told before the posting was in, because the store was away.</summary>
    ToldEarly = 1 << 19,
}
