using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>The tenant's book as its store has it: frozen when a part was lost, and how it gets out of that (docs/adr/0016).</summary>
internal sealed partial class TenantGrain : ITenantBookGrain
{
    private static readonly TimeSpan RecheckPeriod = TimeSpan.FromSeconds(5);

    private BookLoss? _loss;
    private TenantSnapshot? _remembered;
    private DateTimeOffset _recheckAt;

    public async Task<BookStatus?> Status()
    {
        try
        {
            var tenant = await Load();
            return tenant.Count == 0 ? null : new BookStatus { State = BookState.Ok, Known = tenant.Count, Found = tenant.Count, Recovery = tenant.Account.Recovery };
        }
        catch (StoreUnavailableException e) when (!e.IsLoss)
        {
            return new BookStatus { State = BookState.Unavailable, Problem = e.Message, Action = "The tenant is served again by itself once the store answers and takes writes." };
        }
        catch (StoreUnavailableException e)
        {
            NoteLoss();
            return new BookStatus
            {
                State = BookState.Frozen,
                Known = _loss?.Known,
                Found = _loss?.Found,
                Since = _loss?.Since,
                Problem = e.Message,
                Action = _loss?.Best is ({ } from, _)
                    ? $"Restore the newest copy of the store, then POST {{\"action\":\"recheck\"}} to …/book/recovery. Or accept the loss with {{\"action\":\"accept-loss\",\"reason\":…,\"actor\":…}}: the tenant goes on from the {from}, which never shows less spent than any record that is left."
                    : "Restore the newest copy of the store, then POST {\"action\":\"recheck\"} to …/book/recovery.",
            };
        }
    }

    public Task<BookStatus?> Recheck()
    {
        LookAgain();
        return Status();
    }

    public async Task<AdminOutcome<BookStatus>> AcceptLoss(string reason, string actor)
    {
        if (await Status() is not { } status) return new AdminOutcome<BookStatus>.NotFound();
        if (status.State != BookState.Frozen || _loss is not { } loss) return new AdminOutcome<BookStatus>.Conflict("The book is not frozen: there is no loss to accept.");
        if (_loading is { IsCompletedSuccessfully: true, Result: { Loss: not null } frozen } && !await frozen.KeepRecordAsync())
            throw new StoreUnavailableException($"What is known of tenant '{TenantId}' could not be stored; nothing was booked.");
        if (await books.AcceptLossAsync(TenantId, loss, reason, actor) is { } why) return new AdminOutcome<BookStatus>.Conflict(why);
        LogLossAccepted(TenantId, loss.Known, loss.Found, actor, reason);
        LookAgain();
        var accepted = await Status() ?? throw new StoreUnavailableException($"The book of tenant '{TenantId}' could not be read after its recovery.");
        if (accepted.State == BookState.Ok) await RewriteIndex();
        return new AdminOutcome<BookStatus>.Done(accepted);
    }

    /// <summary>The book, read at the first call: a store that is down fails calls with its own error instead of the activation.</summary>
    private Task<TenantBook> Load()
    {
        if (_loading is { IsCompletedSuccessfully: true } loaded) return loaded.Result.Refusal is { } refusal ? Task.FromException<TenantBook>(refusal) : loaded;
        if (_loading is { IsFaulted: false } loading) return loading;
        if (_loss is { } loss && time.GetUtcNow() < _recheckAt) return Task.FromException<TenantBook>(loss.ToException());
        return _loading = LoadCore();
    }

    private async Task<TenantBook> ReadBook()
    {
        try
        {
            var tenant = await books.LoadAsync(GrainContext.GrainId, TenantId, _remembered);
            tenant.Replayed = () => _ = OnReplayed();
            if (_loss is not null) DelayDeactivation(TimeSpan.Zero);
            (_loss, _remembered) = (null, null);
            return tenant;
        }
        catch (BookLossException e)
        {
            if (_loss is null) logger.LogStateMissing(null, TenantId, e.Loss.Known, e.Loss.Found, e.Loss.Problem);
            Remember(e.Loss);
            throw _loss!.ToException();
        }
    }

    /// <summary>What is stored beside the book is as old as what was found: the next activation reads it and folds the whole book onto it.</summary>
    private async Task OnReplayed()
    {
        await RewriteIndex();
        DeactivateOnIdle();
    }

    /// <summary>Whether the book is served; while it is frozen, keeps what is known and looks again now and then.</summary>
    private async Task<bool> Serves()
    {
        if (_loading is not { IsCompletedSuccessfully: true } loaded) return false;
        if (loaded.Result.Refusal is null) return true;
        NoteLoss();
        await loaded.Result.KeepRecordAsync();
        if (_loss is { Known: { } known } && time.GetUtcNow() >= _recheckAt) await LookAgainWhenAsLongAs(known);
        return false;
    }

    private async Task LookAgainWhenAsLongAs(long known)
    {
        try
        {
            if (await books.CountAsync(TenantId) >= known) LookAgain();
        }
        catch (StoreUnavailableException)
        {
            // It is asked again.
        }
    }

    /// <summary>Takes over what a writer found out.</summary>
    private void NoteLoss()
    {
        if (_loss is not null || _loading is not { IsCompletedSuccessfully: true } loaded || loaded.Result.Loss is not { } loss) return;
        _remembered = loaded.Result.Account.ToSnapshot(loaded.Result.Count);
        Remember(loss);
    }

    private void Remember(BookLoss loss)
    {
        _loss = _loss is { } before ? loss with { Since = before.Since, Known = before.Known > (loss.Known ?? 0) ? before.Known : loss.Known } : loss;
        if (loss.Best is (_, var best) && best.Seq > (_remembered?.Seq ?? 0)) _remembered = best;
        _recheckAt = time.GetUtcNow() + RecheckPeriod;
        // What it knows must not be forgotten because nobody asks.
        DelayDeactivation(TimeSpan.FromDays(1));
    }

    /// <summary>The next call reads the book anew.</summary>
    private void LookAgain()
    {
        _recheckAt = default;
        NoteLoss();
        if (_loading is not { IsCompletedSuccessfully: true, Result: { Loss: not null } frozen }) return;
        frozen.Stop();
        _loading = null;
    }

    /// <summary>An emptied store has lost the indexes too: what this tenant knows of them is written again.</summary>
    private async Task RewriteIndex()
    {
        try
        {
            var account = (await Load()).Account;
            if (account.Policy is null) return;
            await GrainFactory.GetGrain<ITenantIndexGrain>(0).Restore(TenantId);
            foreach (var key in account.Keys.Values.ToList())
                await GrainFactory.GetGrain<IApiKeyGrain>(key.Id).Restore(new ApiKeyIdentity(key.Id, TenantId, key.Hash, key.ExpiresAt, key.RevokedAt is not null));
        }
        catch (Exception e)
        {
            LogIndexNotWritten(e, TenantId);
        }
    }

    [LoggerMessage(
        EventId = 12, EventName = "loss_accepted", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: the loss of a part of its book ({Known} entries known, {Found} found) was accepted by {Actor}: {Reason}")]
    private partial void LogLossAccepted(string tenantId, long? known, long? found, string actor, string reason);

    [LoggerMessage(
        EventId = 13, EventName = "index_not_restored", Level = LogLevel.Error,
        Message = "Tenant {TenantId}: its entries in the indexes of tenants and keys could not be written again; POST a recheck of its book to try again")]
    private partial void LogIndexNotWritten(Exception exception, string tenantId);
}
