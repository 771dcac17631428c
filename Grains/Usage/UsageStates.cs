namespace OrleansGateway;

/// <summary>How far a roll-up is, and which days it has. The last to be written: what its parts are ahead of it they know by themselves.</summary>
internal sealed record UsageHead
{
    /// <summary>Names one making of the roll-up: parts of another one are nothing.</summary>
    public string Making { get; init; } = "";

    /// <summary>The book's entries it is the fold of.</summary>
    public long Seq { get; init; }

    /// <summary>A hash of the last of them: a book that was put back to an older copy and went on otherwise has another entry there.</summary>
    public string? Mark { get; init; }

    /// <summary>Days in UTC, as <c>yyyy-MM-dd</c>.</summary>
    public Dictionary<string, UsageDay> Days { get; init; } = [];
}

/// <summary>One UTC day of a roll-up.</summary>
internal sealed record UsageDay
{
    /// <summary>The first entry that was booked in it, holds left out.</summary>
    public required long FirstSeq { get; set; }

    /// <summary>Rows of each of its parts; a part without rows is not stored.</summary>
    public List<int> PartRows { get; init; } = [];
}

/// <summary>One <see cref="UsagePart"/> as it is stored.</summary>
internal sealed record UsagePartState
{
    public string Making { get; init; } = "";

    /// <summary>The book's entries that it has taken its share of.</summary>
    public long Seq { get; init; }

    /// <summary>As <see cref="UsageHead.Mark"/>.</summary>
    public string? Mark { get; init; }

    public byte[] Rows { get; init; } = [];
}

/// <summary>What a book leaves open for reconciliation, as it is stored.</summary>
internal sealed record UsageOpenState
{
    public string Making { get; init; } = "";

    /// <summary>The book's entries that it is the fold of.</summary>
    public long Seq { get; init; }

    /// <summary>As <see cref="UsageHead.Mark"/>.</summary>
    public string? Mark { get; init; }

    public List<BookEntry.Suspended> Suspended { get; init; } = [];

    public List<ReconciledSum> Reconciled { get; init; } = [];
}
