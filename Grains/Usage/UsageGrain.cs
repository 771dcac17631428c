using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace OrleansGateway;

/// <summary>A tenant's usage: the thin skin of its <see cref="UsageDesk"/>.</summary>
[GrainType("usage")]
internal sealed class UsageGrain : Grain, IUsageGrain
{
    // Well within what callers wait for: a first reading of a long book takes several calls.
    private static readonly TimeSpan QuestionReads = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FollowReads = TimeSpan.FromSeconds(5);

    private readonly IBook _book;
    private readonly UsageDesk _desk;

    public UsageGrain(IBook book, [FromKeyedServices(TenantBook.SnapshotStore)] IGrainStorage storage, TimeProvider time, ILogger<UsageGrain> logger)
    {
        _book = book;
        _desk = new UsageDesk(book, () => new UsageStore(storage, GrainContext.GrainId), this.GetPrimaryKeyString(), time, logger);
    }

    public Task<UsageAnswer> Usage(UsageQuery query) => Ask(() => _desk.UsageAsync(query, QuestionReads));

    public Task<DailyUsage> Days(DateOnly first, DateOnly last) => Ask(() => _desk.DaysAsync(first, last, QuestionReads));

    public Task<ImmutableArray<RequestUsage>> Requests(long firstSeq, ImmutableArray<string> requestIds) =>
        RequestUsageReader.ReadAsync(_book, this.GetPrimaryKeyString(), firstSeq, requestIds);

    public async Task Follow()
    {
        var isThere = await Ask(() => _desk.FollowAsync(FollowReads));
        // Questions asked meanwhile come in between.
        if (!isThere) await GrainFactory.GetGrain<IUsageGrain>(this.GetPrimaryKeyString()).Follow();
        // Nobody asks, and the rows are as many as the tenant has end users: they wait in the store for the next entries, not in memory.
        else if (!_desk.IsListing) DeactivateOnIdle();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _desk.CloseAsync();

    private async Task<T> Ask<T>(Func<Task<T>> question)
    {
        var answer = await question();
        if (_desk.IsSpoiled) DeactivateOnIdle();
        return answer;
    }
}
