using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Reads one activation's tenant at the first call, freezes it when its store has lost a part of its book, and reads it again when that may be whole
/// (docs/adr/0016). Runs in its grain's turns.
/// </summary>
/// <param name="grainId">Whose snapshot it is.</param>
/// <param name="tenantId">Whose book.</param>
/// <param name="books">Reads it.</param>
/// <param name="complete">Gives a book that was read what decides on it.</param>
/// <param name="stay">Keeps the activation for at least so long, though nobody calls it.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where a loss is told, once.</param>
internal sealed partial class TenantLoading(
    GrainId grainId, string tenantId, TenantBookStore books, Func<TenantBook, Task<LoadedTenant>> complete, Action<TimeSpan> stay, TimeProvider time, ILogger logger)
{
    /// <summary>How long what was found of a frozen book is taken for true.</summary>
    public static readonly TimeSpan RecheckPeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StayWhenFrozen = TimeSpan.FromDays(1);

    private Task<LoadedTenant>? _loading;
    private BookLoss? _loss;
    private TenantSnapshot? _remembered;
    private DateTimeOffset _recheckAt;
    private bool _unread;

    /// <summary>The tenant, be it served or not; null when it is not read.</summary>
    public LoadedTenant? Loaded => _loading is { IsCompletedSuccessfully: true } loaded ? loaded.Result : null;

    /// <summary>The tenant, when it is served: a store that is down fails calls with its own error instead of the activation.</summary>
    public Task<LoadedTenant> LoadAsync()
    {
        if (_loading is { IsCompletedSuccessfully: true } loaded) return loaded.Result.Book.Refusal is { } refusal ? Task.FromException<LoadedTenant>(refusal) : loaded;
        if (_loading is { IsCompleted: false } loading) return loading;
        if (_loss is { } loss && time.GetUtcNow() < _recheckAt) return Task.FromException<LoadedTenant>(loss.ToException());
        return _loading = ReadAsync();
    }

    /// <summary>How the book stands; null when nothing is in it.</summary>
    public async Task<BookStatus?> StatusAsync()
    {
        try
        {
            var tenant = await LoadAsync();
            return tenant.Book.Count == 0 ? null : BookStatuses.Ok(tenant.Book.Count, tenant.Account.Recovery);
        }
        catch (StoreUnavailableException e) when (!e.IsLoss)
        {
            return BookStatuses.Unavailable(e.Message);
        }
        catch (StoreUnavailableException e)
        {
            NoteLoss();
            return BookStatuses.Frozen(_loss, e.Message);
        }
    }

    /// <summary>How it stands, looked at anew.</summary>
    public Task<BookStatus?> RecheckAsync()
    {
        LookAgain();
        return StatusAsync();
    }

    /// <summary>Goes on from the best record of what was spent, on an operator's word.</summary>
    public async Task<AdminOutcome<BookStatus>> AcceptLossAsync(string reason, string actor)
    {
        if (await StatusAsync() is not { } status) return new AdminOutcome<BookStatus>.NotFound();
        if (status.State != BookState.Frozen || _loss is not { } loss) return new AdminOutcome<BookStatus>.Conflict("The book is not frozen: there is no loss to accept.");
        if (Loaded?.Book is { Loss: not null } frozen && !await frozen.KeepRecordAsync())
            throw new StoreUnavailableException($"What is known of tenant '{tenantId}' could not be stored; nothing was booked.");
        if (await books.AcceptLossAsync(tenantId, loss, reason, actor) is { } why) return new AdminOutcome<BookStatus>.Conflict(why);
        LogLossAccepted(tenantId, loss.Known, loss.Found, actor, reason);
        var accepted = await RecheckAsync() ?? throw new StoreUnavailableException($"The book of tenant '{tenantId}' could not be read after its recovery.");
        return new AdminOutcome<BookStatus>.Done(accepted);
    }

    /// <summary>Whether the tenant is loaded and served; while it is frozen, keeps what is known and looks again now and then.</summary>
    public async Task<bool> ServesAsync()
    {
        if (Loaded?.Book is not { } book) return false;
        if (book.Refusal is null) return true;
        NoteLoss();
        await book.KeepRecordAsync();
        if (_loss is { Known: { } known } && time.GetUtcNow() >= _recheckAt) await LookAgainWhenAsLongAsAsync(known);
        return false;
    }

    private async Task<LoadedTenant> ReadAsync()
    {
        var book = await ReadBookAsync();
        try
        {
            return await complete(book);
        }
        catch
        {
            // It is read anew by the next call.
            book.Stop();
            throw;
        }
    }

    private async Task<TenantBook> ReadBookAsync()
    {
        try
        {
            var book = await books.LoadAsync(grainId, tenantId, _remembered);
            if (_loss is not null) stay(TimeSpan.Zero);
            (_loss, _remembered, _unread) = (null, null, false);
            return book;
        }
        catch (StoreUnavailableException e) when (!e.IsLoss)
        {
            // Each call tries again, and one line is enough for all of them.
            if (!_unread) LogUnread(tenantId, e.Message);
            _unread = true;
            throw;
        }
        catch (BookLossException e)
        {
            if (_loss is null) logger.LogStateMissing(null, tenantId, e.Loss.Known, e.Loss.Found, e.Loss.Problem);
            throw Remember(e.Loss).ToException();
        }
    }

    private async Task LookAgainWhenAsLongAsAsync(long known)
    {
        try
        {
            if (await books.CountAsync(tenantId) >= known) LookAgain();
        }
        catch (StoreUnavailableException)
        {
            // It is asked again.
        }
    }

    /// <summary>Takes over what a writer found out.</summary>
    private void NoteLoss()
    {
        if (_loss is not null || Loaded?.Book is not { Loss: { } loss } book) return;
        _remembered = book.Account.ToSnapshot(book.Count);
        Remember(loss);
    }

    /// <summary>What is known of the loss then.</summary>
    private BookLoss Remember(BookLoss loss)
    {
        _loss = _loss is { } before ? loss with { Since = before.Since, Known = before.Known > (loss.Known ?? 0) ? before.Known : loss.Known } : loss;
        if (loss.Best is (_, var best) && best.Seq > (_remembered?.Seq ?? 0)) _remembered = best;
        _recheckAt = time.GetUtcNow() + RecheckPeriod;
        // What it knows must not be forgotten because nobody asks.
        stay(StayWhenFrozen);
        return _loss;
    }

    /// <summary>The next call reads the book anew.</summary>
    private void LookAgain()
    {
        _recheckAt = default;
        NoteLoss();
        if (Loaded?.Book is not { Loss: not null } frozen) return;
        frozen.Stop();
        _loading = null;
    }

    [LoggerMessage(
        EventId = 13, EventName = "book_unread", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: its book cannot be read, and nothing is admitted until a call finds that it can: {Reason}")]
    private partial void LogUnread(string tenantId, string reason);

    [LoggerMessage(
        EventId = 12, EventName = "loss_accepted", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: the loss of a part of its book ({Known} entries known, {Found} found) was accepted by {Actor}: {Reason}")]
    private partial void LogLossAccepted(string tenantId, long? known, long? found, string actor, string reason);
}
