using System.Collections.Immutable;
using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>
/// A tenant's usage, rolled up from its book; keyed by the tenant's id. Off the path of requests: it reads the book by itself and never asks
/// the tenant's grain. An answer has everything that was booked before the question.
/// </summary>
[GrainInterfaceType("usage"), Alias("usage")]
public interface IUsageGrain : IGrainWithStringKey
{
    /// <summary>A page of usage.</summary>
    [Alias("usage"), ResponseTimeout("00:00:30")]
    Task<UsageAnswer> Usage(UsageQuery query);

    /// <summary>What was booked on some UTC days, both included, by day, provider and model, for comparison with a provider's own figures.</summary>
    [Alias("days"), ResponseTimeout("00:00:30")]
    Task<DailyUsage> Days(DateOnly first, DateOnly last);

    /// <summary>
    /// What the entries from <paramref name="firstSeq"/> on say of some requests; those of which they say nothing are left out. Reads the book to its
    /// end, while other questions are answered.
    /// </summary>
    [Alias("requests"), ResponseTimeout("00:05:00"), AlwaysInterleave]
    Task<ImmutableArray<RequestUsage>> Requests(long firstSeq, ImmutableArray<string> requestIds);

    /// <summary>Reads on in the book, so that the next question has little left to read.</summary>
    [Alias("follow"), OneWay]
    Task Follow();
}
