namespace OrleansGateway;

/// <summary>What differs between the APIs of upstreams: all else is one code.</summary>
/// <param name="Path">Where it is, behind the provider's base address.</param>
/// <param name="OutputLimit">The member by which a request limits its output.</param>
/// <param name="NewMeter">Makes what watches one of its streams.</param>
/// <param name="KeyHeader">The header that shows the provider's key; null for a bearer key.</param>
/// <param name="Version">The version of the API to speak with for callers who name none; null when it has none.</param>
internal sealed record Dialect(string Path, string OutputLimit, Func<StreamMeter> NewMeter, string? KeyHeader = null, string? Version = null)
{
    private static readonly Dialect[] All =
    [
        new("/chat/completions", "max_tokens", static () => new ChunkMeter()),
        new("/embeddings", "", static () => new ChunkMeter()),
        new("/responses", "max_output_tokens", static () => new ResponsesMeter()),
        new("/messages", "max_tokens", static () => new MessagesMeter(), "x-api-key", "2023-06-01"),
    ];

    /// <summary>The dialect of an API.</summary>
    public static Dialect Of(UpstreamApi api) => All[(int)api];
}
