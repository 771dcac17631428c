namespace OrleansGateway;

/// <summary>How a tenant's book stands, in an operator's words.</summary>
internal static class BookStatuses
{
    private const string Restore = """Restore the newest copy of the store, then POST {"action":"recheck"} to …/book/recovery.""";
    private const string Accept = """Or accept the loss with {"action":"accept-loss","reason":…,"actor":…}""";

    public static BookStatus Ok(long count, BookRecovery? recovery) => new() { State = BookState.Ok, Known = count, Found = count, Recovery = recovery };

    public static BookStatus Unavailable(string problem) => new()
    {
        State = BookState.Unavailable,
        Problem = problem,
        Action = "The tenant is served again by itself once the store answers and takes writes.",
    };

    /// <summary>Of a book that lost a part; null when it is not known which, as while what was lost is being written again.</summary>
    public static BookStatus Frozen(BookLoss? loss, string problem) => new()
    {
        State = BookState.Frozen,
        Known = loss?.Known,
        Found = loss?.Found,
        Since = loss?.Since,
        Problem = problem,
        Action = loss?.Best is ({ } from, _) ? $"{Restore} {Accept}: the tenant goes on from the {from}, which never shows less spent than any record that is left." : Restore,
    };
}
