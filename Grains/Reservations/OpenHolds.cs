using System.Globalization;

namespace OrleansGateway;

/// <summary>Shows a tenant's open holds page by page, the oldest first.</summary>
internal static class OpenHolds
{
    /// <summary>A page; the cursor names the last hold of the page before, and throws <see cref="FormatException"/> when it names none.</summary>
    public static OpenHoldPage Page(IEnumerable<Hold> holds, OpenHoldState? state, string? cursor, int limit)
    {
        var wanted = holds.Where(h => state is null || StateOf(h) == state);
        if (cursor is not null)
        {
            var after = Parse(cursor);
            wanted = wanted.Where(h => KeyOf(h).CompareTo(after) > 0);
        }
        var page = wanted.OrderBy(KeyOf).Take(limit + 1).ToList();
        return new OpenHoldPage([.. page.Take(limit).Select(Show)], page.Count > limit ? CursorAt(page[limit - 1]) : null);
    }

    private static OpenHoldState StateOf(Hold hold) => hold.InSuspense ? OpenHoldState.Suspense : OpenHoldState.Pending;

    private static OpenHold Show(Hold hold) => new()
    {
        RequestId = hold.Id.RequestId,
        Attempt = hold.Id.Attempt,
        State = StateOf(hold),
        KeyId = hold.Entry.KeyId,
        User = hold.Entry.User,
        Provider = hold.Suspense?.Provider,
        Model = hold.Suspense?.Model ?? hold.Entry.Model,
        AmountUsd = hold.Amount,
        Since = hold.Suspense?.At ?? hold.Entry.At,
        Deadline = hold.Entry.Deadline,
        Outcome = hold.Suspense?.Outcome,
    };

    private static Key KeyOf(Hold hold) => new(hold.Entry.At.UtcTicks, hold.Id.RequestId, hold.Id.Attempt);

    private static string CursorAt(Hold hold) =>
        string.Create(CultureInfo.InvariantCulture, $"{hold.Entry.At.UtcTicks}.{hold.Id.Attempt}.{hold.Id.RequestId}");

    private static Key Parse(string cursor)
    {
        var parts = cursor.Split('.', 3);
        return parts.Length == 3
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var attempt)
            ? new Key(ticks, parts[2], attempt)
            : throw new FormatException($"'{cursor}' names no hold.");
    }

    private readonly record struct Key(long Ticks, string RequestId, int Attempt) : IComparable<Key>
    {
        public int CompareTo(Key other)
        {
            var order = Ticks.CompareTo(other.Ticks);
            if (order == 0) order = string.CompareOrdinal(RequestId, other.RequestId);
            return order == 0 ? Attempt.CompareTo(other.Attempt) : order;
        }
    }
}
