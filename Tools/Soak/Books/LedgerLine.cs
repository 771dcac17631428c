using System.Text.Json;

namespace OrleansGateway.Soak;

/// <summary>The gateway's book: one line of <c>GET /admin/v1/tenants/{tenant}/ledger</c>.</summary>
internal sealed record LedgerLine(
    long Seq,
    DateTimeOffset At,
    string Kind,
    string RequestId,
    int Attempt,
    string? User,
    string? Model,
    long InputTokens,
    long CachedInputTokens,
    long OutputTokens,
    decimal CostUsd,
    decimal AbsorbedUsd,
    string? PriceVersion,
    string Outcome,
    bool Estimated)
{
    /// <summary>Whether it ends a hold in money: a posting, or a suspense that became one.</summary>
    public bool IsPosting => PriceVersion is not null;

    /// <summary>Whether it leaves its hold counted because nobody knows.</summary>
    public bool IsSuspense => Kind == "suspense";

    /// <summary>Whether the line is about a hold at all.</summary>
    public bool IsOfHold => Kind is "posted" or "void" or "suspense" or "resolved";

    public static LedgerLine Read(JsonElement line) => line.Deserialize<LedgerLine>(JsonSerializerOptions.Web) ?? throw new InvalidDataException("A line of the ledger is null.");
}
