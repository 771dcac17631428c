namespace OrleansGateway;

/// <summary>One of the keys that a provider knows the gateway by.</summary>
/// <param name="Name">What operators call it; the only thing of it that is ever shown.</param>
/// <param name="Secret">What is sent; null for an upstream that asks for none.</param>
/// <param name="Weight">Its share of the calls among keys that may be used; of 0 it is used only when all others rest.</param>
internal sealed record UpstreamKey(string Name, string? Secret, int Weight)
{
    /// <summary>The name of a provider's only key.</summary>
    public const string Only = "default";

    // A record prints all that it has.
    public override string ToString() => Name;
}
