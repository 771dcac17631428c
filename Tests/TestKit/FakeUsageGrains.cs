using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;

namespace OrleansGateway.Tests.TestKit;

/// <summary>The real roll-ups over a book in memory, without a silo.</summary>
internal sealed class FakeUsageGrains(InMemoryBook books, TimeProvider time)
{
    private readonly InMemoryBook _books = books;
    private readonly TimeProvider _time = time;
    private readonly Dictionary<string, IUsageGrain> _grains = [];

    public InMemoryGrainStorage Storage { get; } = new();

    /// <summary>How long a question may read in the book.</summary>
    public TimeSpan Reads { get; set; } = TimeSpan.FromMinutes(1);

    public IUsageGrain Of(string tenantId)
    {
        lock (_grains) return _grains.TryGetValue(tenantId, out var grain) ? grain : _grains[tenantId] = new Skin(this, tenantId);
    }

    // Private, so that no silo of a cluster test takes it for a grain class.
    private sealed class Skin(FakeUsageGrains grains, string tenantId) : IUsageGrain
    {
        private readonly UsageDesk _desk = new(
            grains._books, () => new UsageStore(grains.Storage, GrainId.Create("usage", tenantId)), tenantId, grains._time, NullLogger.Instance);

        public Task<UsageAnswer> Usage(UsageQuery query) => _desk.UsageAsync(query, grains.Reads);

        public Task<DailyUsage> Days(DateOnly first, DateOnly last) => _desk.DaysAsync(first, last, grains.Reads);

        public Task<ImmutableArray<RequestUsage>> Requests(long firstSeq, ImmutableArray<string> requestIds) =>
            RequestUsageReader.ReadAsync(grains._books, tenantId, firstSeq, requestIds);

        public async Task Follow() => await _desk.FollowAsync(grains.Reads);
    }
}
