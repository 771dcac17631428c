using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace OrleansGateway;

/// <summary>
/// One tenant: every decision about its money and limits is made in this grain's turns. Thin: <see cref="Admission"/> decides,
/// <see cref="TenantBook"/> keeps. Reentrant, so that calls waiting for the same append share it.
/// </summary>
[GrainType("tenant"), Reentrant]
internal sealed partial class TenantGrain(
    TenantBookStore books, IBook book, KeptAnswers answers, CatalogSource catalog, TenantOptions options, WebhookAddresses addresses, UpstreamHealth health, HopOrder order, TenantInstruments instruments, TimeProvider time,
    ILogger<TenantGrain> logger)
    : Grain, ITenantGrain, ITenantAdminGrain, ITenantVersionGrain, IEndUsersGrain, ITenantHoldsGrain, ITenantWebhooksGrain
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(5);

    // Nothing is due at a tenant that nobody calls, and most of many thousands are such.
    private const int PeriodsAtRest = 6;

    private static readonly TimeSpan CatalogWaits = TimeSpan.FromSeconds(10);
    private const long EntriesPerFollow = 5_000;

    private Task<TenantBook>? _loading;
    private readonly Refusals _refusals = new(options.RefusalsKept);
    private Admission? _admission;
    private TenantAdministration? _administration;
    private HoldResolutions? _resolutions;
    private EndingSearch? _endings;
    private AlertHandover? _alerts;
    private SnapshotPace? _pace;
    private long _followedTo;
    private IGrainTimer? _sweeping;
    private bool _rests;

    private string TenantId => this.GetPrimaryKeyString();

    public async Task<ReservationOutcome> Reserve(ReservationRequest request)
    {
        var tenant = await Load();
        var recalled = request.Idempotency is { } asked ? await Recall(tenant, asked) : null;
        while (tenant.Account.Missing(request.User) is { } reading) await Bring(reading);
        var (outcome, entry, charge) = _admission!.Decide(request, recalled);
        instruments.OnDecided(TenantId, outcome);
        if (entry is null)
        {
            // The hold of a repeated call, or the posting of an answer, may still be on its way to the book.
            if (outcome is ReservationOutcome.Granted or ReservationOutcome.Replay) await Commit(tenant.Flush());
            else if (outcome is not ReservationOutcome.HoldClosed) _refusals.Remember(request, outcome, time.GetUtcNow());
            return outcome;
        }
        FailPoints.Hit(FailPoint.BeforeHoldAppend);
        var written = tenant.Append(entry);
        if (tenant.Account.FindHold(entry.Hold) is { } hold) hold.Charge = charge;
        Rest(false);
        await Commit(written);
        FailPoints.Hit(FailPoint.AfterHoldAppend);
        return outcome;
    }

    public async Task<PostingReceipt> Post(Posting posting)
    {
        var tenant = await Load();
        if (PostingRules.Fences(tenant.Account, posting) && await FindEnding(tenant, posting.Hold) is { } ending) return PostingRules.Receipt(ending);
        var entry = PostingRules.Decide(tenant.Account, posting, time.GetUtcNow());
        if (entry is null) return await ReceiptOf(tenant, posting.Hold);
        FailPoints.Hit(FailPoint.BeforePostAppend);
        await Commit(tenant.Append(entry));
        FailPoints.Hit(FailPoint.AfterPostAppend);
        _alerts!.Start();
        return PostingRules.Receipt(entry);
    }

    public async Task<ProviderPlan?> Renew(ProviderPlan plan, Posting suspense)
    {
        var tenant = await Load();
        if (await FindOpen(tenant, () => tenant.Account.FindHold(suspense.Hold)) is not { } last) return null;
        if (PostingRules.Decide(tenant.Account, suspense, time.GetUtcNow()) is not { } entry) return null;

        var next = _admission!.Next(last);
        await Commit(next is null ? tenant.Append(entry) : tenant.Append(entry, next.Value.Entry));
        return next?.Plan;
    }

    public async Task<ProviderPlan?> Extend(ProviderPlan plan)
    {
        var tenant = await Load();
        if (await FindOpen(tenant, () => PostingRules.FindHold(tenant.Account, plan.Hold)) is not { } last) return null;
        if (_admission!.Extend(plan) is not var (extended, entry)) return null;
        if (entry is null)
        {
            await Commit(tenant.Flush());
            return extended;
        }
        var charge = last.Charge;
        // The tokens it was admitted with stay taken until the stream ends.
        last.Charge = null;
        var written = tenant.Append(PostingRules.Extended(last, entry.At), entry);
        if (tenant.Account.FindHold(entry.Hold) is { } hold) hold.Charge = charge;
        await Commit(written);
        return extended;
    }

    public async Task<ProviderPlan?> Hedge(ProviderPlan plan)
    {
        var tenant = await Load();
        if (await FindOpen(tenant, () => tenant.Account.FindHold(plan.Hold)) is not { InSuspense: false } first) return null;
        if (_admission!.Next(first) is not var (next, entry)) return null;
        FailPoints.Hit(FailPoint.BeforeHoldAppend);
        await Commit(tenant.Append(entry));
        FailPoints.Hit(FailPoint.AfterHoldAppend);
        return next;
    }

    public async Task<QuotaReport> Quota(string? keyId, string? user)
    {
        var tenant = await Load();
        if (tenant.Account.Policy is null) throw new KeyNotFoundException($"There is no tenant '{TenantId}'.");
        while (tenant.Account.Missing(user) is { } reading) await Bring(reading);
        var report = _admission!.Report(tenant.Account.ScopesOf(keyId, user));
        // What it says is then in the book, and so in the ledger.
        await Commit(tenant.Flush());
        return report;
    }

    public async Task<ImmutableArray<CatalogModel>> Models(string keyId)
    {
        var account = (await Load()).Account;
        var now = time.GetUtcNow();
        return account.Policy is not { } policy || !account.Keys.TryGetValue(keyId, out var key)
            ? []
            : RoutePlanner.Listed(catalog.Current, policy, key, now);
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
        await Commit(tenant.Flush());
        return await new RequestReports(book, tenant.Account, _refusals).FindAsync(requestId, tenant.Count);
    }

    public async Task<OpenHoldPage> OpenHolds(OpenHoldState? state, string? cursor, int limit)
    {
        var tenant = await Load();
        var page = OrleansGateway.OpenHolds.Page(tenant.Account.Holds, state, cursor, limit);
        await Commit(tenant.Flush());
        return page;
    }

    public async Task<AdminOutcome<ResolvedHold>> ResolveHold(HoldResolution resolution)
    {
        var tenant = await Load();
        var outcome = await _resolutions!.Resolve(resolution);
        _alerts!.Start();
        return outcome;
    }

    public async Task<TenantRecord?> Find() => TenantAdministration.Describe((await Load()).Account);

    public async Task<AdminOutcome<TenantRecord>> Open(TenantPolicy policy) => await (await Administration()).Open(policy);

    public async Task<AdminOutcome<TenantRecord>> Change(TenantPolicy policy, long? ifVersion) => await (await Administration()).Change(policy, ifVersion);

    public async Task<ImmutableArray<ApiKeyRecord>> Keys() => [.. (await Load()).Account.Keys.Values.OrderBy(k => k.CreatedAt).ThenBy(k => k.Id, StringComparer.Ordinal)];

    public async Task<AdminOutcome<IssuedApiKey>> IssueKey(ApiKeyChange settings) => await (await Administration()).IssueKey(settings);

    public async Task<AdminOutcome<ApiKeyRecord>> ChangeKey(string keyId, ApiKeyChange change, long? ifVersion) =>
        await (await Administration()).ChangeKey(keyId, change, ifVersion);

    public Task<AdminOutcome<ApiKeyRecord>> RevokeKey(string keyId) => RevokeKey(keyId, null);

    public async Task<AdminOutcome<ApiKeyRecord>> RevokeKey(string keyId, long? ifVersion) => await (await Administration()).RevokeKey(keyId, ifVersion);

    public Task<AdminOutcome<IssuedApiKey>> RotateKey(string keyId, TimeSpan grace) => RotateKey(keyId, grace, null);

    public async Task<AdminOutcome<IssuedApiKey>> RotateKey(string keyId, TimeSpan grace, long? ifVersion) => await (await Administration()).RotateKey(keyId, grace, ifVersion);

    public Task<AdminOutcome<Adjustment>> Adjust(Adjustment adjustment) => Adjust(adjustment, null);

    public async Task<AdminOutcome<Adjustment>> Adjust(Adjustment adjustment, long? ifVersion)
    {
        var tenant = await Load();
        while (tenant.Account.MissingScope(adjustment.Scope) is { } reading) await Bring(reading);
        var outcome = await _administration!.Adjust(adjustment, ifVersion);
        _alerts!.Start();
        return outcome;
    }

    public async Task<ImmutableArray<WebhookPolicy>> Webhooks()
    {
        var tenant = await Load();
        _alerts!.Start();
        return tenant.Account.Policy?.Webhooks ?? [];
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_loading is not { IsCompletedSuccessfully: true, Result: var tenant }) return;
        try
        {
            await _alerts!.StopAsync();
            if (tenant.Refusal is not null) return;
            await tenant.Flush();
            await tenant.SnapshotAsync();
        }
        finally
        {
            // Whatever the store says: who has gone writes no more, and holds no memory.
            tenant.Stop();
        }
    }

    private async Task<TenantAdministration> Administration()
    {
        await Load();
        return _administration!;
    }

    private async Task<TenantBook> LoadCore()
    {
        var tenant = await ReadBook();
        await catalog.Heard.WaitAsync(CatalogWaits, time);
        _admission = new Admission(tenant.Account, () => catalog.Current, order, health, options, time);
        _administration = new TenantAdministration(TenantId, tenant.Account, entry => Commit(tenant.Append(entry)), () => Commit(tenant.Flush()), GrainFactory, catalog, addresses, time);
        _endings = new EndingSearch(book, TenantId, () => tenant.Count);
        _resolutions = new HoldResolutions(tenant.Account, catalog, entry => Commit(tenant.Append(entry)), hold => FindEnding(tenant, hold), time);
        _alerts = new AlertHandover(TenantId, tenant.Account, () => Commit(tenant.Flush()), entry => Commit(tenant.Append(entry)),
            events => WebhookDispatch.QueueAsync(GrainFactory, tenant.Account.Policy!, events), time, logger);
        _alerts.Start();
        instruments.OnLoaded(tenant.Account);
        var now = time.GetUtcNow();
        foreach (var hold in tenant.Account.Holds) hold.SeenAt(now);
        var share = ((this.GetGrainId().GetUniformHashCode() % 1_000) + 1) / 1_000.0;
        _pace = new SnapshotPace(now, share);
        _sweeping ??= this.RegisterGrainTimer(Sweep, new GrainTimerCreationOptions { DueTime = SweepPeriod * share, Period = SweepPeriod, Interleave = true });
        // A book that is read again may have holds that the last sweep did not know.
        Rest(false);
        return tenant;
    }

    /// <summary>Waits for what a decision needs to be read; to be asked for again after, until nothing is missing.</summary>
    private async Task Bring(Task reading)
    {
        try
        {
            await reading;
        }
        catch (StaleActivationException)
        {
            LogTakenOver(TenantId);
            DeactivateOnIdle();
            throw;
        }
    }

    /// <summary>A hold with all that a decision on it needs; null when it is not open, and no other activation has made it since.</summary>
    private async Task<Hold?> FindOpen(TenantBook tenant, Func<Hold?> find)
    {
        while (find() is { } open && tenant.Account.Missing(open.Entry.User) is { } reading) await Bring(reading);
        var hold = find();
        if (hold is null) await Commit(tenant.EnsureNotBehind());
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
        if (!await Serves())
        {
            Rest(false);
            return;
        }
        var tenant = await Load();
        for (var periods = _rests ? PeriodsAtRest : 1; periods > 0; periods--)
            foreach (var shelf in tenant.Account.Shelves) shelf.Sweep();
        var now = time.GetUtcNow();
        var expired = tenant.Account.Holds.Where(h => !h.InSuspense && h.EndsBy <= now).ToList();
        if (expired.Count > 0)
        {
            LogHoldsExpired(TenantId, expired.Count);
            FailPoints.Hit(FailPoint.BeforeSweep);
            var written = Task.CompletedTask;
            foreach (var hold in expired) written = tenant.Append(PostingRules.Expire(hold, now));
            await Commit(written);
            FailPoints.Hit(FailPoint.AfterSweep);
        }
        _alerts!.Start();
        Rest(tenant.Account.Alerts.Pending.Count == 0 && tenant.Account.Holds.All(hold => hold.InSuspense));
        if (!_pace!.Looks(now)) return;
        if (_pace.IsWorth(now, tenant.Unsaved, tenant.HasSnapshot)) await tenant.SnapshotAsync();
        if (tenant.Count - _followedTo < EntriesPerFollow) return;
        _followedTo = tenant.Count;
        await GrainFactory.GetGrain<IUsageGrain>(TenantId).Follow();
    }

    /// <summary>Sweeps at every period, or not as often while no hold is open.</summary>
    private void Rest(bool rests)
    {
        if (_rests == rests) return;
        _rests = rests;
        var period = rests ? PeriodsAtRest * SweepPeriod : SweepPeriod;
        _sweeping!.Change(period, period);
    }

    /// <summary>
    /// The calls made with an idempotency key, from the store of answers when they are no longer in memory. An answer that was kept but not posted,
    /// because its process died in between, is posted now.
    /// </summary>
    private async Task<KeyedCalls?> Recall(TenantBook tenant, Idempotency asked)
    {
        var account = tenant.Account;
        var at = account.BookTime(time.GetUtcNow());
        if (account.Idempotency.NeedsRecall(asked.Key, at))
        {
            var recalled = await answers.RecallAsync(TenantId, asked.Key, at);
            // An answer that is kept for a hold which another activation made may not be posted yet.
            if (recalled is not null) await Commit(tenant.EnsureNotBehind());
            return recalled;
        }
        var calls = account.Idempotency.Find(asked.Key, at);
        if (IdempotencyRules.InDoubt(calls, asked) is { } hold && await answers.FindAsync(TenantId, hold, asked.Key) is { } kept) await Post(kept.Posting);
        return calls;
    }

    /// <summary>What was booked for a hold that is closed: from memory, or else from the book.</summary>
    private async Task<PostingReceipt> ReceiptOf(TenantBook tenant, HoldId hold)
    {
        await Commit(tenant.Flush());
        if (tenant.Account.Closed.TryFind(hold, out var receipt) || tenant.Account.FindHold(hold) is not null) return receipt;
        // A hold that another activation made must not be taken for one that ended long ago.
        await Commit(tenant.EnsureNotBehind());
        return await LedgerReader.FindReceiptAsync(book, TenantId, hold, tenant.Count);
    }

    private async Task<BookEntry.OfHold?> FindEnding(TenantBook tenant, HoldId hold)
    {
        await Commit(tenant.Flush());
        return await _endings!.FindAsync(hold);
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
