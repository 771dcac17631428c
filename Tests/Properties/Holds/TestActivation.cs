using Orleans.Storage;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties.Holds;

/// <summary>
/// One activation of the tenant on a real book, without Orleans: the same classes in the same order as in TenantGrain, in turns of its own. Unlike
/// the grain, which asks again, it ends at the first append that is not confirmed.
/// </summary>
internal sealed class TestActivation
{
    private const int EntriesPerSnapshot = 7;

    private readonly TaskFactory _turns = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private readonly IBook _book;
    private readonly string _tenantId;
    private readonly TimeProvider _time;
    private readonly TenantBook _tenant;
    private readonly Admission _admission;
    private readonly EndingSearch _endings;

    private TestActivation(IBook book, string tenantId, TenantBook tenant, ModelCatalog catalog, TimeProvider time) =>
        (_book, _tenantId, _time, _tenant, _admission, _endings) =
            (book, tenantId, time, tenant, TestBooks.Admission(tenant.Account, () => catalog, time), new EndingSearch(book, tenantId, () => tenant.Count, tenant.FlushAsync));

    /// <summary>Whether it is over.</summary>
    public bool Failed => _tenant.Refusal is not null;

    /// <summary>How many entries of the book it knows.</summary>
    public long Count => _tenant.Count;

    public static async Task<TestActivation> LoadAsync(IBook book, string tenantId, IGrainStorage snapshots, ModelCatalog catalog, TimeProvider time)
    {
        var tenant = await TestBooks.Of(book, snapshots, time, EntriesPerSnapshot).LoadAsync(GrainId.Create("tenant", tenantId), tenantId);
        return new TestActivation(book, tenantId, tenant, catalog, time);
    }

    public Task<ReservationOutcome> Reserve(ReservationRequest request) => InTurn(async () =>
    {
        var (outcome, entry, charge) = _admission.Decide(request);
        if (entry is null)
        {
            if (outcome is ReservationOutcome.Granted) await _tenant.FlushAsync();
            return outcome;
        }
        var written = _tenant.AppendAsync(entry);
        if (_tenant.Account.FindHold(entry.Hold) is { } hold) hold.Charge = charge;
        await written;
        return outcome;
    });

    public Task<PostingReceipt> Post(Posting posting) => InTurn(async () =>
    {
        if (PostingRules.Fences(_tenant.Account, posting) && await _endings.FindAsync(posting.Hold) is { } ending) return PostingRules.Receipt(ending);
        if (PostingRules.Decide(_tenant.Account, posting, _time.GetUtcNow()) is not { } entry) return await ReceiptOf(posting.Hold);
        await _tenant.AppendAsync(entry);
        return PostingRules.Receipt(entry);
    });

    public Task<ProviderPlan?> Renew(Posting suspense) => InTurn(async () =>
    {
        if (_tenant.Account.FindHold(suspense.Hold) is not { } last)
        {
            await _tenant.EnsureNotBehindAsync();
            return null;
        }
        if (PostingRules.Decide(_tenant.Account, suspense, _time.GetUtcNow()) is not { } entry) return null;
        var next = _admission.Next(last);
        await (next is null ? _tenant.AppendAsync(entry) : _tenant.AppendAsync(entry, next.Value.Entry));
        return next?.Plan;
    });

    public Task<ProviderPlan?> Hedge(ProviderPlan plan) => InTurn(async () =>
    {
        if (_tenant.Account.FindHold(plan.Hold) is not { InSuspense: false } first)
        {
            await _tenant.EnsureNotBehindAsync();
            return null;
        }
        if (_admission.Next(first) is not var (next, entry)) return null;
        await _tenant.AppendAsync(entry);
        return next;
    });

    public Task<ProviderPlan?> Extend(ProviderPlan plan) => InTurn(async () =>
    {
        if (PostingRules.FindHold(_tenant.Account, plan.Hold) is not { } last)
        {
            await _tenant.EnsureNotBehindAsync();
            return null;
        }
        if (_admission.Extend(plan) is not var (extended, entry)) return null;
        await (entry is null ? _tenant.FlushAsync() : _tenant.AppendAsync(PostingRules.Extended(last, entry.At), entry));
        return extended;
    });

    public Task<int> Sweep() => InTurn(async () =>
    {
        var now = _time.GetUtcNow();
        var expired = _tenant.Account.Holds.Where(h => !h.InSuspense && h.Entry.Deadline <= now).ToList();
        var written = Task.CompletedTask;
        foreach (var hold in expired) written = _tenant.AppendAsync(PostingRules.Expire(hold, now));
        await written;
        return expired.Count;
    });

    public Task<bool> Adjust(Adjustment adjustment) => InTurn(async () =>
    {
        if (!AdjustmentRules.Check(_tenant.Account, adjustment, _time.GetUtcNow()).IsEmpty) return false;
        await _tenant.AppendAsync(new BookEntry.Adjusted { At = _time.GetUtcNow(), Adjustment = adjustment with { At = _time.GetUtcNow() } });
        return true;
    });

    public Task<bool> Write(BookEntry entry) => InTurn(async () =>
    {
        await _tenant.AppendAsync(entry);
        return true;
    });

    public Task<bool> Snapshot() => InTurn(async () =>
    {
        await _tenant.SnapshotAsync();
        return true;
    });

    /// <summary>The budget as it would report it.</summary>
    public Task<BudgetStatus> Budget() => InTurn(() => Task.FromResult(_admission.Report(_tenant.Account.ScopesOf(null, null)).Budgets[0]));

    /// <summary>The end of its process.</summary>
    public void Stop() => _tenant.Stop();

    private async Task<PostingReceipt> ReceiptOf(HoldId hold)
    {
        await _tenant.FlushAsync();
        if (_tenant.Account.Closed.TryFind(hold, out var receipt) || _tenant.Account.FindHold(hold) is not null) return receipt;
        await _tenant.EnsureNotBehindAsync();
        return await LedgerReader.FindReceiptAsync(_book, _tenantId, hold, _tenant.Count);
    }

    private Task<T> InTurn<T>(Func<Task<T>> turn) => _turns.StartNew(turn).Unwrap();
}
