using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>Answers questions for one tenant's usage: first <see cref="UsageRollUp"/> reads on in the book, then a <see cref="UsageListing"/> answers.</summary>
internal sealed partial class UsageDesk(IBook book, Func<UsageStore> store, string tenantId, TimeProvider time, ILogger logger, UsageSizes? sizes = null)
{
    /// <summary>For so long the pages of one listing agree with each other.</summary>
    private static readonly TimeSpan ListingLife = TimeSpan.FromMinutes(1);

    private readonly UsageSizes _sizes = sizes ?? UsageSizes.Default;
    private UsageRollUp? _rollUp;
    private UsageListing? _listing;

    /// <summary>Whether a save failed: what is stored is unknown, and another desk must read it. Answers are right all the same.</summary>
    public bool IsSpoiled { get; private set; }

    /// <summary>Whether somebody may ask for the next page.</summary>
    public bool IsListing => _listing is not null && !IsOld(_listing);

    public async Task<UsageAnswer> UsageAsync(UsageQuery query, TimeSpan within)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(query.TimeZone);
        var cursor = query.Cursor is { } text ? UsageCursor.Parse(text) : null;
        if (query.Cursor is not null && (cursor is null || !cursor.IsOf(query))) return new UsageAnswer.WrongCursor();

        var now = time.GetUtcNow();
        var month = WindowCalendar.Containing(WindowKind.Month, now, zone);
        var (from, to) = (cursor?.From ?? query.From ?? month.Start, cursor?.To ?? query.To ?? month.End);
        if (from > to) return new UsageAnswer.WrongRange(from, to);
        return await OnceMoreIfDamaged(async () =>
        {
            if (cursor is null || _listing is null || IsOld(_listing) || !_listing.Answers(from, to, zone, query.GroupBy))
            {
                _listing = null;
                if (await ReadOnAsync(within) is { } entries) return new UsageAnswer.Behind(_rollUp!.Seq, entries);
                _listing = new UsageListing(_rollUp!, from, to, zone, query.GroupBy, now, _sizes.RowsAtOnce);
            }
            return (UsageAnswer?)await _listing.PageAsync(cursor?.After, query.Limit) ?? new UsageAnswer.TooMany();
        });
    }

    public Task<DailyUsage> DaysAsync(DateOnly first, DateOnly last, TimeSpan within) => OnceMoreIfDamaged<DailyUsage>(async () =>
        await ReadOnAsync(within) is { } entries ? new DailyUsage.Behind(_rollUp!.Seq, entries) : await DailyUsageReader.ReadAsync(_rollUp!, first, last));

    /// <summary>Reads on in the book; whether its end was reached.</summary>
    public async Task<bool> FollowAsync(TimeSpan within)
    {
        if (_listing is not null && IsOld(_listing)) _listing = null;
        return await OnceMoreIfDamaged(async () => await ReadOnAsync(within) is null);
    }

    /// <summary>Stores what was folded since the last time.</summary>
    public async Task CloseAsync()
    {
        if (_rollUp is not null && !IsSpoiled) await SaveAsync(_rollUp);
    }

    private bool IsOld(UsageListing listing) => time.GetUtcNow() - listing.MadeAt > ListingLife;

    private async Task<long?> ReadOnAsync(TimeSpan within)
    {
        var rollUp = _rollUp ??= await UsageRollUp.LoadAsync(book, store(), tenantId, time, _sizes);
        try
        {
            var left = await rollUp.FollowAsync(within);
            if (rollUp.Unsaved >= _sizes.EntriesPerSave && !IsSpoiled) await SaveAsync(rollUp);
            return left;
        }
        catch (Exception e) when (e is not InvalidDataException)
        {
            // How much of an entry was folded is unknown: what is stored is read again.
            _rollUp = null;
            throw;
        }
    }

    private async Task<T> OnceMoreIfDamaged<T>(Func<Task<T>> answer)
    {
        try
        {
            return await answer();
        }
        catch (InvalidDataException e)
        {
            LogDamaged(e, tenantId);
            _listing = null;
            _rollUp!.Restart();
            return await answer();
        }
    }

    private async Task SaveAsync(UsageRollUp rollUp)
    {
        try
        {
            await rollUp.SaveAsync();
        }
        catch (Exception e)
        {
            // What was folded is right all the same.
            LogNotSaved(e, tenantId);
            IsSpoiled = true;
        }
    }

    [LoggerMessage(EventName = "usage_damaged", Level = LogLevel.Error, Message = "The usage roll-up of tenant {TenantId} does not fit its book, or is damaged, and is made anew")]
    private partial void LogDamaged(Exception exception, string tenantId);

    [LoggerMessage(EventName = "usage_not_saved", Level = LogLevel.Warning, Message = "The usage roll-up of tenant {TenantId} was not saved; the next one will be")]
    private partial void LogNotSaved(Exception exception, string tenantId);
}
