namespace OrleansGateway.Tests.Model;

/// <summary>The idempotency keys of the two requests.</summary>
public enum Keys
{
    /// <summary>Neither has one: two strangers, or a client that asks again without one.</summary>
    None,

    /// <summary>Each has its own.</summary>
    Different,

    /// <summary>The second is the first asked again.</summary>
    Same,

    /// <summary>The second has the key of the first and asks for something else.</summary>
    Reused,
}

/// <summary>What is searched: which keys the requests have, and how many holds the budget is good for.</summary>
internal sealed record Scenario(Keys Keys, int Limit)
{
    public bool Keyed => Keys != Keys.None;

    public bool Shared => Keys is Keys.Same or Keys.Reused;
}
