namespace OrleansGateway.Admin;

/// <summary>One row of a provider's usage; figures that it does not give are null.</summary>
internal sealed record UploadRow
{
    public required DateOnly Day { get; init; }

    /// <summary>As the provider, or the catalog, calls it.</summary>
    public required string Model { get; init; }

    public long? Requests { get; init; }

    public long? InputTokens { get; init; }

    public long? CachedInputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public Money? CostUsd { get; init; }

    /// <summary>Decimals that the cost was written with.</summary>
    public int CostDecimals { get; init; }

    /// <summary>The gateway's <c>x-request-id</c>, which it sends upstream.</summary>
    public string? RequestId { get; init; }
}

/// <summary>A row that could not be read.</summary>
/// <param name="Line">Its line in the file, or of a JSON array its place, counted from 1.</param>
/// <param name="Reason">What is wrong with it.</param>
internal sealed record UnreadRow(long Line, string Reason);

/// <summary>A provider's usage as it was uploaded.</summary>
internal sealed class Upload(string id)
{
    /// <summary>Unread rows that are named; the others are only counted.</summary>
    public const int MostUnread = 100;

    private const int ExactDecimals = 9;

    /// <summary>Names the content: the same upload has the same id.</summary>
    public string Id { get; } = id;

    public List<UploadRow> Rows { get; } = [];

    public List<UnreadRow> Unread { get; } = [];

    public int UnreadCount { get; private set; }

    /// <summary>How far each cost may be rounded: half of the last decimal of those with the most. A number need not be written with its zeros.</summary>
    public Money Rounding => Rows.Where(row => row.CostUsd is not null).Select(row => row.CostDecimals).DefaultIfEmpty(ExactDecimals).Max() switch
    {
        ExactDecimals => Money.Zero,
        > ExactDecimals => new Money(1),
        var decimals => new Money((long)Math.Pow(10, ExactDecimals - decimals) / 2),
    };

    public void Refuse(long line, string reason)
    {
        UnreadCount++;
        if (Unread.Count < MostUnread) Unread.Add(new UnreadRow(line, reason));
    }
}
