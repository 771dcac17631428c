using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>
/// One tenant: every decision about its money and limits is made in this grain's turns. Thin: <see cref="TenantLoading"/> reads the tenant, its
/// <see cref="Admission"/> decides, its <see cref="TenantBook"/> keeps. Reentrant, so that calls waiting for the same append share it.
/// </summary>
[GrainType("tenant"), Reentrant]
internal sealed partial class TenantGrain(
    IBook book,
    TenantBookStore books,
    LoadedTenantFactory tenants,
    KeptAnswers answers,
    TenantOptions options,
    TenantInstruments instruments,
    TimeProvider time,
    ILogger<TenantGrain> logger)
    : Grain, ITenantGrain, ITenantAdminGrain, ITenantVersionGrain, IEndUsersGrain, ITenantHoldsGrain, ITenantWebhooksGrain, ITenantBookGrain
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(5);

    // Nothing is due at a tenant that nobody calls, and most of many thousands are such.
    private const int PeriodsWhenSeldom = 6;

    private const long EntriesPerFollow = 5_000;

    private readonly Refusals _refusals = new(options.RefusalsKept);
    private readonly SearchTurns _searches = new(time);
    private long _followedTo;
    private IGrainTimer? _sweeping;
    private bool _sweepsSeldom;

    private string TenantId => this.GetPrimaryKeyString();

    private TenantLoading Loading => field ??= new TenantLoading(GrainContext.GrainId, TenantId, books, Complete, DelayDeactivation, time, logger);

    public async Task<ReservationOutcome> Reserve(ReservationRequest request)
    {
        var tenant = await Load();
        var recalled = request.Idempotency is { } asked ? await Recall(tenant, asked) : null;
        // Names of end users are the caller's: what is refused leaves none of them in memory, and what is barred reads nothing.
        ScopeAccount? user = null;
        Task<ShelfLook<ScopeAccount>>? reading = null;
        while (tenant.Admission.Barred(request, time.GetUtcNow()) is null && !tenant.Account.TryLook(request.User, ref reading, out user)) await AwaitReading(reading);
        var (outcome, entry, charge) = tenant.Admission.Decide(request, recalled, user);
        instruments.OnDecided(TenantId, outcome);
        if (entry is null)
        {
            // The hold of a repeated call, or the posting of an answer, may still be on its way to the book.
            if (outcome is ReservationOutcome.Granted or ReservationOutcome.Replay) await Commit(tenant.Book.FlushAsync());
            else if (outcome is not ReservationOutcome.HoldClosed) _refusals.Remember(request, outcome, time.GetUtcNow());
            return outcome;
        }
        FailPoints.Hit(FailPoint.BeforeHoldAppend);
        if (user is not null) tenant.Account.Users.Take(user);
        var written = tenant.Book.AppendAsync(entry);
        if (tenant.Account.FindHold(entry.Hold) is { } hold) hold.Charge = charge;
        SweepSeldom(false);
        await Commit(written);
        FailPoints.Hit(FailPoint.AfterHoldAppend);
        return outcome;
    }

    public async Task<PostingReceipt> Post(Posting posting)
    {
        var tenant = await Load();
        if (PostingRules.Fences(tenant.Account, posting) && await tenant.Endings.FindAsync(posting.Hold) is { } ending) return PostingRules.Receipt(ending);
        var entry = PostingRules.Decide(tenant.Account, posting, time.GetUtcNow());
        if (entry is null) return await ReceiptOf(tenant, posting.Hold);
        FailPoints.Hit(FailPoint.BeforePostAppend);
        await Commit(tenant.Book.AppendAsync(entry));
        FailPoints.Hit(FailPoint.AfterPostAppend);
        tenant.Alerts.Start();
        return PostingRules.Receipt(entry);
    }

    public async Task<ProviderPlan?> Renew(ProviderPlan plan, Posting suspense)
    {
        var tenant = await Load();
        if (await FindOpen(tenant, () => tenant.Account.FindHold(suspense.Hold)) is not { } last) return null;
        if (PostingRules.Decide(tenant.Account, suspense, time.GetUtcNow()) is not { } entry) return null;

        var next = tenant.Admission.Next(last);
        await Commit(next is null ? tenant.Book.AppendAsync(entry) : tenant.Book.AppendAsync(entry, next.Value.Entry));
        return next?.Plan;
    }

    public async Task<ProviderPlan?> Extend(ProviderPlan plan)
    {
        var tenant = await Load();
        if (await FindOpen(tenant, () => PostingRules.FindHold(tenant.Account, plan.Hold)) is not { } last) return null;
        if (tenant.Admission.Extend(plan) is not var (extended, entry)) return null;
        if (entry is null)
        {
            await Commit(tenant.Book.FlushAsync());
            return extended;
        }
        var charge = last.Charge;
        // The tokens it was admitted with stay taken until the stream ends.
        last.Charge = null;
        var written = tenant.Book.AppendAsync(PostingRules.Extended(last, entry.At), entry);
        if (tenant.Account.FindHold(entry.Hold) is { } hold) hold.Charge = charge;
        await Commit(written);
        return extended;
    }

    public async Task<ProviderPlan?> Hedge(ProviderPlan plan)
    {
        var tenant = await Load();
        if (await FindOpen(tenant, () => tenant.Account.FindHold(plan.Hold)) is not { InSuspense: false } first) return null;
        if (tenant.Admission.Next(first) is not var (next, entry)) return null;
        FailPoints.Hit(FailPoint.BeforeHoldAppend);
        await Commit(tenant.Book.AppendAsync(entry));
        FailPoints.Hit(FailPoint.AfterHoldAppend);
        return next;
    }

    public async Task<QuotaReport> Quota(string? keyId, string? user)
    {
        var tenant = await Load();
        if (tenant.Account.Policy is null) throw new KeyNotFoundException($"There is no tenant '{TenantId}'.");
        tenant.KeyIndex.Mend();
        ScopeAccount? looked;
        Task<ShelfLook<ScopeAccount>>? reading = null;
        while (!tenant.Account.TryLook(user, ref reading, out looked)) await AwaitReading(reading);
        var report = tenant.Admission.Report(tenant.Account.ScopesSeen(keyId, looked));
        // What it says is then in the book, and so in the ledger.
        await Commit(tenant.Book.FlushAsync());
        return report;
    }

    public async Task<ImmutableArray<CatalogModel>> Models(string keyId)
    {
        var tenant = await Load();
        tenant.KeyIndex.Mend();
        return tenant.Admission.Models(keyId);
    }

    public async Task<LedgerPage> Ledger(DateTimeOffset? from, DateTimeOffset? until, string? cursor, int limit)
    {
        await Load();
        // Off the grain's turns: those are for deciding.
        return await Task.Run(() => LedgerReader.PageAsync(book, TenantId, from, until, cursor, limit));
    }

    public async Task<RequestReport?> FindRequest(string requestId)
    {
        var tenant = await Load();
        tenant.KeyIndex.Mend();
        await Commit(tenant.Book.FlushAsync());
        return await new RequestReports(book, tenant.Account, _refusals, _searches).FindAsync(requestId, tenant.Book.Count);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (Loading.Loaded is not { } tenant) return;
        try
        {
            await tenant.Alerts.StopAsync();
            if (tenant.Book.Refusal is not null) return;
            await tenant.Book.FlushAsync();
            await tenant.Book.SnapshotAsync();
        }
        finally
        {
            // Whatever the store says: who has gone writes no more, and holds no memory.
            tenant.Book.Stop();
        }
    }

    private Task<LoadedTenant> Load() => Loading.LoadAsync();

    private async Task<LoadedTenant> Complete(TenantBook read)
    {
        read.Replayed = () => _ = OnReplayed();
        var share = ((this.GetGrainId().GetUniformHashCode() % 1_000) + 1) / 1_000.0;
        var tenant = await tenants.MakeAsync(read, Commit, share);
        tenant.Alerts.Start();
        instruments.OnLoaded(tenant.Account);
        _sweeping ??= this.RegisterGrainTimer(Sweep, new GrainTimerCreationOptions { DueTime = SweepPeriod * share, Period = SweepPeriod, Interleave = true });
        // A book that is read again may have holds that the last sweep did not know.
        SweepSeldom(false);
        return tenant;
    }

    /// <summary>Waits for what a decision needs to be read; to be asked for again after, until nothing is missing. It too may find that another activation wrote.</summary>
    private Task AwaitReading(Task reading) => Commit(reading);

    /// <summary>A hold with all that a decision on it needs; null when it is not open, and no other activation has made it since.</summary>
    private async Task<Hold?> FindOpen(LoadedTenant tenant, Func<Hold?> find)
    {
        while (find() is { } open && tenant.Account.ReadingOf(open.Entry.User) is { } reading) await AwaitReading(reading);
        var hold = find();
        if (hold is null) await Commit(tenant.Book.EnsureNotBehindAsync());
        return hold;
    }

    /// <summary>
    /// Waits for an append. When another activation wrote, this one's state is not the book's: it ends, and the next reads the book again. What
    /// the store did not confirm the writer asks for again: the activation stays, and so does what it knows.
    /// </summary>
    private async Task Commit(Task written)
    {
        try
        {
            await written;
        }
        catch (StaleActivationException)
        {
            LogTakenOver(TenantId);
            DeactivateOnIdle();
            throw;
        }
    }

    /// <summary>Puts holds whose deadline has passed in suspense, lets idle end users leave memory and snapshots follow the book.</summary>
    private async Task Sweep(CancellationToken cancellationToken)
    {
        if (!await Loading.ServesAsync())
        {
            SweepSeldom(false);
            return;
        }
        var tenant = await Load();
        for (var periods = _sweepsSeldom ? PeriodsWhenSeldom : 1; periods > 0; periods--)
            foreach (var shelf in tenant.Account.Shelves) shelf.Sweep();
        var now = time.GetUtcNow();
        var expired = tenant.Account.Holds.Where(h => !h.InSuspense && h.EndsBy <= now).ToList();
        if (expired.Count > 0)
        {
            LogHoldsExpired(TenantId, expired.Count);
            FailPoints.Hit(FailPoint.BeforeSweep);
            var written = Task.CompletedTask;
            foreach (var hold in expired) written = tenant.Book.AppendAsync(PostingRules.Expire(hold, now));
            await Commit(written);
            FailPoints.Hit(FailPoint.AfterSweep);
        }
        tenant.Alerts.Start();
        SweepSeldom(tenant.Account.Alerts.Pending.Count == 0 && tenant.Account.Holds.All(hold => hold.InSuspense));
        if (!tenant.Pace.Looks(now)) return;
        if (tenant.Pace.IsWorth(now, tenant.Book.Unsaved, tenant.Book.HasSnapshot)) await tenant.Book.SnapshotAsync();
        if (tenant.Book.Count - _followedTo < EntriesPerFollow) return;
        _followedTo = tenant.Book.Count;
        await GrainFactory.GetGrain<IUsageGrain>(TenantId).Follow();
    }

    /// <summary>Sweeps not as often, while no hold is open, or at every period.</summary>
    private void SweepSeldom(bool seldom)
    {
        if (_sweepsSeldom == seldom) return;
        _sweepsSeldom = seldom;
        var period = seldom ? PeriodsWhenSeldom * SweepPeriod : SweepPeriod;
        _sweeping!.Change(period, period);
    }

    /// <summary>
    /// The calls made with an idempotency key, from the store of answers when they are no longer in memory. An answer that was kept but not posted,
    /// because its process died in between, is posted now.
    /// </summary>
    private async Task<KeyedCalls?> Recall(LoadedTenant tenant, Idempotency asked)
    {
        var account = tenant.Account;
        var at = account.BookTime(time.GetUtcNow());
        if (account.Idempotency.NeedsRecall(asked.Key, at))
        {
            var recalled = await answers.RecallAsync(TenantId, asked.Key, at);
            // An answer that is kept for a hold which another activation made may not be posted yet.
            if (recalled is not null) await Commit(tenant.Book.EnsureNotBehindAsync());
            return recalled;
        }
        var calls = account.Idempotency.Find(asked.Key, at);
        if (IdempotencyRules.InDoubt(calls, asked) is { } hold && await answers.FindAsync(TenantId, hold, asked.Key) is { } kept) await Post(kept.Posting);
        return calls;
    }

    /// <summary>What was booked for a hold that is closed: from memory, or else from the book.</summary>
    private async Task<PostingReceipt> ReceiptOf(LoadedTenant tenant, HoldId hold)
    {
        await Commit(tenant.Book.FlushAsync());
        if (tenant.Account.Closed.TryFind(hold, out var receipt) || tenant.Account.FindHold(hold) is not null) return receipt;
        // A hold that another activation made must not be taken for one that ended long ago.
        await Commit(tenant.Book.EnsureNotBehindAsync());
        return await LedgerReader.FindReceiptAsync(book, TenantId, hold, tenant.Book.Count);
    }

    [LoggerMessage(
        EventId = 2, EventName = "hold_expired", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: {Count} holds reached their deadline with unknown outcome and went to suspense")]
    private partial void LogHoldsExpired(string tenantId, int count);

    [LoggerMessage(
        EventId = 3, EventName = "taken_over", Level = LogLevel.Warning,
        Message = "Tenant {TenantId} was taken over by another silo while this one was frozen or cut off: the book refused what was decided here, nothing of it counts, "
            + "and this activation ends")]
    private partial void LogTakenOver(string tenantId);
}
