using System.Globalization;
using System.Security.Cryptography;

namespace OrleansGateway;

/// <summary>
/// A tenant's usage by UTC day, folded from its book from where it stopped last. Each part of a day is stored with the entries it is the fold
/// of, then the head: after a crash in between, entries that a part has already are passed over, so each counts once. A book that lost entries
/// and went on otherwise is noticed, and all is folded anew. Runs in its grain's turns.
/// </summary>
internal sealed class UsageRollUp
{
    private readonly IBook _book;
    private readonly UsageStore _store;
    private readonly string _tenantId;
    private readonly TimeProvider _time;
    private readonly UsageSizes _sizes;
    private readonly Dictionary<DateOnly, HotPart> _hot = [];
    private SortedDictionary<DateOnly, UsageDay> _days;
    private string _making;
    private string? _mark;
    private ReadOnlyMemory<byte> _last;
    private readonly long _headSeq;
    private readonly HashSet<(DateOnly Day, int Part)> _known = [];
    private long _savedSeq;
    private long _openSeq;
    private bool _openChanged;

    private UsageRollUp(IBook book, UsageStore store, string tenantId, TimeProvider time, UsageSizes sizes, UsageHead? head)
    {
        _book = book;
        _store = store;
        _tenantId = tenantId;
        _time = time;
        _sizes = sizes;
        _making = head?.Making ?? NewMaking();
        _mark = head?.Mark;
        _days = new SortedDictionary<DateOnly, UsageDay>(
            (head?.Days ?? []).ToDictionary(d => DateOnly.ParseExact(d.Key, "yyyy-MM-dd", CultureInfo.InvariantCulture), d => d.Value));
        _headSeq = _savedSeq = Seq = head?.Seq ?? 0;
    }

    /// <summary>The book's entries that this is the fold of.</summary>
    public long Seq { get; private set; }

    /// <summary>Entries folded since the last save.</summary>
    public long Unsaved => Seq - _savedSeq;

    /// <summary>Days in UTC with any entry but holds, in order.</summary>
    public IReadOnlyDictionary<DateOnly, UsageDay> Days => _days;

    public OpenItems Open { get; private set; } = new();

    public static async Task<UsageRollUp> LoadAsync(IBook book, UsageStore store, string tenantId, TimeProvider time, UsageSizes sizes)
    {
        var rollUp = new UsageRollUp(book, store, tenantId, time, sizes, await store.ReadHeadAsync());
        if (await store.ReadOpenAsync() is not { } open || open.Making != rollUp._making) return rollUp;
        if (await rollUp.IsOfBookAsync(open.Seq, open.Mark))
        {
            rollUp.Open.Restore(open);
            rollUp._openSeq = open.Seq;
        }
        else
        {
            rollUp.Restart();
        }
        return rollUp;
    }

    /// <summary>Reads on to the end that the book has now; null when that was reached within the time, else its count.</summary>
    public async Task<long?> FollowAsync(TimeSpan within)
    {
        var started = _time.GetTimestamp();
        var count = await _book.CountAsync(_tenantId, CancellationToken.None);
        if (count < Seq) Restart();
        if (count == 0) return null;
        // The last entry is read again, to see that the book is still the one that was folded.
        await foreach (var raw in _book.ReadAsync(_tenantId, Math.Max(1, Seq), CancellationToken.None))
        {
            if (raw.Seq == Seq)
            {
                if (Mark() == MarkOf(raw.Bytes)) continue;
                Restart();
                return await FollowAsync(within);
            }
            await FoldAsync(raw);
            if (raw.Seq >= count) break;
            if (_time.GetElapsedTime(started) > within) return count;
        }
        return null;
    }

    /// <summary>Begins anew from the book's first entry: the stored parts are not its fold.</summary>
    public void Restart()
    {
        _making = NewMaking();
        _mark = null;
        _last = default;
        _savedSeq = Seq = _openSeq = 0;
        _openChanged = true;
        _days = [];
        _hot.Clear();
        _known.Clear();
        Open = new OpenItems();
    }

    /// <summary>Stores all that changed; the head comes last.</summary>
    public async Task SaveAsync()
    {
        if (Unsaved == 0) return;
        foreach (var (day, hot) in _hot)
        {
            if (!hot.Changed) continue;
            await _store.WriteAsync(day, hot.Number, new UsagePartState { Making = _making, Seq = Seq, Mark = Mark(), Rows = hot.Bytes() });
            hot.Changed = false;
            _known.Add((day, hot.Number));
        }
        if (_openChanged)
            await _store.WriteAsync(new UsageOpenState { Making = _making, Seq = Seq, Mark = Mark(), Suspended = [.. Open.Suspended], Reconciled = [.. Open.Reconciled] });
        _openChanged = false;
        await _store.WriteAsync(new UsageHead
        {
            Making = _making,
            Seq = Seq,
            Mark = _mark = Mark(),
            Days = _days.ToDictionary(d => d.Key.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), d => d.Value),
        });
        _savedSeq = Seq;
    }

    /// <summary>The parts of the days from one to another, both included; their rows may share keys. Throws <see cref="InvalidDataException"/> when one is damaged.</summary>
    public async IAsyncEnumerable<(DateOnly Day, ReadOnlyMemory<byte> Rows)> ReadAsync(DateOnly first, DateOnly last)
    {
        foreach (var (day, parts) in _days)
        {
            if (day < first || day > last) continue;
            for (var number = 1; number <= parts.PartRows.Count; number++)
            {
                if (parts.PartRows[number - 1] == 0) continue;
                if (_hot.TryGetValue(day, out var hot) && hot.Number == number) yield return (day, hot.Bytes());
                else yield return (day, await ReadStoredAsync(day, number));
            }
        }
    }

    private async Task<byte[]> ReadStoredAsync(DateOnly day, int number)
    {
        if (await _store.ReadPartAsync(day, number) is not { } stored || stored.Making != _making) throw new InvalidDataException($"Part {number} of {day} is missing.");
        await CheckAsync(day, number, stored);
        return stored.Rows;
    }

    // A part that is ahead of the head, after a crash, may be of a book that has lost entries since.
    private async ValueTask CheckAsync(DateOnly day, int number, UsagePartState stored)
    {
        if (_known.Contains((day, number))) return;
        if (!await IsOfBookAsync(stored.Seq, stored.Mark)) throw new InvalidDataException($"Part {number} of {day} is of another book.");
        _known.Add((day, number));
    }

    private async ValueTask FoldAsync(RawEntry raw)
    {
        if (!HeldEntries.IsHeld(raw))
        {
            var entry = BookEntry.Parse(raw);
            Note(DateOnly.FromDateTime(entry.At.UtcDateTime), raw.Seq);
            if (UsageLine.Of(entry) is { } line) await AddAsync(raw.Seq, line);
            // Not before: that may have saved, as of the entry before this one.
            if (raw.Seq > _openSeq) _openChanged |= Open.Fold(entry);
        }
        Seq = raw.Seq;
        _last = raw.Bytes;
    }

    private async ValueTask AddAsync(long seq, UsageLine line)
    {
        var day = DateOnly.FromDateTime(line.At.UtcDateTime);
        if (!_hot.TryGetValue(day, out var hot))
        {
            if (_hot.Count >= _sizes.OpenDays)
            {
                await SaveAsync();
                _hot.Clear();
            }
            _hot[day] = hot = await OpenAsync(day);
        }
        if (seq <= hot.Seq) return;
        if (hot.Part.RowCount >= _sizes.RowsPerPart)
        {
            await SaveAsync();
            _hot[day] = hot = new HotPart(new UsagePart(), hot.Number + 1, Seq);
            // Whatever is stored there is of an earlier making; the write must know it to replace it.
            await _store.ReadPartAsync(day, hot.Number);
            _days[day].PartRows.Add(0);
        }
        hot.Add(line);
        _days[day].PartRows[hot.Number - 1] = hot.Part.RowCount;
    }

    /// <summary>The newest part of a day, which may be ahead of the head.</summary>
    private async Task<HotPart> OpenAsync(DateOnly day)
    {
        var known = _days[day];
        var guard = 0L;
        // A part without rows was never written: the one before it knows how far the day is.
        for (var number = Math.Max(1, known.PartRows.FindLastIndex(rows => rows > 0) + 1); ; number++)
        {
            var stored = await _store.ReadPartAsync(day, number);
            var part = stored is not null && stored.Making == _making ? UsagePart.FromBytes(stored.Rows) : null;
            if (part is not null)
            {
                await CheckAsync(day, number, stored!);
                guard = stored!.Seq;
            }
            while (known.PartRows.Count < number) known.PartRows.Add(0);
            known.PartRows[number - 1] = part?.RowCount ?? 0;
            if (part is null || part.RowCount < _sizes.RowsPerPart) return new HotPart(part ?? new UsagePart(), number, guard);
        }
    }

    /// <summary>Whether the book still has the entry that something stored ended with. What is not ahead of the head was seen to with it.</summary>
    private async Task<bool> IsOfBookAsync(long seq, string? mark)
    {
        if (seq <= _headSeq) return true;
        await foreach (var raw in _book.ReadAsync(_tenantId, seq, CancellationToken.None)) return mark == MarkOf(raw.Bytes);
        return false;
    }

    private void Note(DateOnly day, long seq)
    {
        if (!_days.TryGetValue(day, out var known)) _days[day] = new UsageDay { FirstSeq = seq };
        else if (seq < known.FirstSeq) known.FirstSeq = seq;
    }

    private string? Mark() => _last.IsEmpty ? _mark : MarkOf(_last);

    private static string MarkOf(ReadOnlyMemory<byte> entry) => Convert.ToHexStringLower(SHA256.HashData(entry.Span)[..16]);

    private static string NewMaking() => Guid.NewGuid().ToString("N");

    /// <summary>A part that is still written to.</summary>
    private sealed class HotPart(UsagePart part, int number, long seq)
    {
        private byte[]? _bytes;

        public UsagePart Part { get; } = part;

        /// <summary>Which of its day's parts, counted from 1.</summary>
        public int Number { get; } = number;

        /// <summary>Entries that it had when it was opened.</summary>
        public long Seq { get; } = seq;

        public bool Changed { get; set; }

        public byte[] Bytes() => _bytes ??= Part.ToBytes();

        public void Add(in UsageLine line)
        {
            Part.Add(line);
            Changed = true;
            _bytes = null;
        }
    }
}
