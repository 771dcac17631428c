namespace OrleansGateway.LoadTest;

/// <summary>A tenant whose calls are placed.</summary>
/// <param name="Id">Its id; empty when all that is known is a key.</param>
/// <param name="Keys">Its api keys; empty for calls that carry none.</param>
internal sealed record LoadTenant(string Id, IReadOnlyList<string> Keys)
{
    /// <summary>Nobody in particular: calls carry one key, or none.</summary>
    public static LoadTenant Anonymous(string? key) => new("", key is null ? [] : [key]);
}
