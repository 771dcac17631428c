using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>The section <c>Gateway:Tenants</c>: how long holds live and how books are kept short to replay.</summary>
internal sealed class TenantOptions
{
    public const string Section = "Gateway:Tenants";

    // An attempt must end half a minute before its hold does, so that what happened can still be booked in time.
    private const string Shortest = "00:00:31";
    private const string Longest = "1.00:00:00";
    private const string Unfit = "must be between 00:00:31 and 1.00:00:00: the last half minute of a hold is kept for booking";

    /// <summary>How long the hold of a whole answer lives: three attempts of a minute and their waits, and half a minute to post.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest, ErrorMessage = Unfit)]
    public TimeSpan AnswerHoldLife { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the hold of a stream lives: ten minutes, and half a minute to post.</summary>
    [Range(typeof(TimeSpan), Shortest, Longest, ErrorMessage = Unfit)]
    public TimeSpan StreamHoldLife { get; init; } = TimeSpan.FromMinutes(11);

    /// <summary>The most entries that an activation has to replay; the snapshot follows the book this closely.</summary>
    [Range(10, 1_000_000)]
    public long EntriesPerSnapshot { get; init; } = 10_000;

    /// <summary>The newest refusals that an activation remembers for <c>GET /v1/requests/{id}</c>, each in about half a kilobyte.</summary>
    [Range(0, 1_000_000)]
    public int RefusalsKept { get; init; } = 10_000;
}
