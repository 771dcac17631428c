using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>The section <c>Gateway:Idempotency</c>: what is kept for callers who ask again.</summary>
internal sealed class IdempotencyOptions
{
    public const string Section = "Gateway:Idempotency";

    private const int MiB = 1024 * 1024;

    /// <summary>The largest answer that is kept; its caller gets a larger one whole, but nobody gets it again. It must fit in a message between processes.</summary>
    [Range(1024, MessageBounds.MostPayload)]
    public int MaxAnswerBytes { get; init; } = MiB;

    /// <summary>The most that a tenant's kept answers may take together; of a call beyond it only is kept that it was made, and nobody gets its answer again.</summary>
    [Range(0, long.MaxValue)]
    public long MaxTenantBytes { get; init; } = 64 * MiB;
}
