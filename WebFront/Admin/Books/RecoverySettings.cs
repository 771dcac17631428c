namespace OrleansGateway.Admin;

/// <summary>What an operator writes to get a frozen book going.</summary>
internal sealed record RecoverySettings
{
    private const int MaxReasonLength = 1_000;
    private const int MaxActorLength = 200;

    /// <summary>Look at the store again.</summary>
    public const string Recheck = "recheck";

    /// <summary>Go on with what is left.</summary>
    public const string AcceptLoss = "accept-loss";

    public required string Action { get; init; }

    public string? Reason { get; init; }

    public string? Actor { get; init; }

    public List<PolicyFault> Faults()
    {
        var faults = new List<PolicyFault>();
        if (Action is not (Recheck or AcceptLoss)) faults.Add(new("action", $"Must be {Recheck} or {AcceptLoss}."));
        if (Action != AcceptLoss) return faults;
        Check(Reason, MaxReasonLength, "reason", faults);
        Check(Actor, MaxActorLength, "actor", faults);
        return faults;
    }

    private static void Check(string? text, int maxLength, string path, List<PolicyFault> faults)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > maxLength || text.Any(char.IsControl))
            faults.Add(new(path, $"Accepting a loss is signed: must have 1 to {maxLength} characters, none of them a control character."));
    }
}
