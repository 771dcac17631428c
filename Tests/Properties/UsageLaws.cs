using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties;

/// <summary>Over random books, questions, restarts and crashes between writes, usage is what a naive fold of the book says.</summary>
public sealed class UsageLaws
{
    private const string Tenant = "acme";
    private static readonly DateTimeOffset Start = new(2026, 3, 27, 21, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    // Daylight saving by an hour and by half of one, offsets of half and three quarters of an hour, both ends of the world, clocks that skip midnight.
    private static readonly Gen<string> Zones = Of(
        "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns", "Asia/Beirut", "UTC");

    private static readonly Gen<UsageGroups> Groups = Gen.Int[0, 31].Select(bits => (UsageGroups)bits);

    private abstract record Step
    {
        /// <summary>Books some entries, each some minutes after the last, or before.</summary>
        public sealed record Book(Entry[] Entries) : Step;

        public sealed record Ask(int? FromQuarter, int? ToQuarter, string Zone, UsageGroups GroupBy, int Limit) : Step;

        /// <summary>The desk is closed, its save ending after some writes; the next one begins with what is stored.</summary>
        public sealed record Crash(int Writes) : Step;

        /// <summary>The store loses the book's newest entries, and others are booked.</summary>
        public sealed record Lose(int Entries) : Step;
    }

    private sealed record Entry(int Minutes, int Kind, int Model, int Key, int User, int Tokens, int Nano);

    private static readonly Gen<Entry> Entries = Gen.Select(
        Gen.Frequency((5, Gen.Int[0, 20]), (3, Gen.Int[20, 700]), (1, Gen.Int[-1_000, -1])),
        Gen.Int[0, 9], Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 3], Gen.Int[0, 300], Gen.Int[0, 1_000_000])
        .Select(e => new Entry(e.Item1, e.Item2, e.Item3, e.Item4, e.Item5, e.Item6, e.Item7));

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, Entries.Array[1, 12].Select(e => (Step)new Step.Book(e))),
        (5, Gen.Select(Gen.Int[-100, 2_000].Nullable(), Gen.Int[0, 2_500].Nullable(), Zones, Groups, Of(1, 3, 1_000))
            .Select(a => (Step)new Step.Ask(a.Item1, a.Item2, a.Item3, a.Item4, a.Item5))),
        (3, Gen.Int[0, 6].Select(w => (Step)new Step.Crash(w))),
        (1, Gen.Int[1, 5].Select(n => (Step)new Step.Lose(n))));

    [Fact]
    public void Usage_is_what_a_naive_fold_says_whatever_was_asked_restarted_crashed_or_lost_before()
    {
        int rows = 0, parts = 0, pages = 0, made = 0;
        Steps.Array[5, 40].Sample(
            steps =>
            {
                var world = new World();
                foreach (var step in steps)
                {
                    switch (step)
                    {
                        case Step.Book book:
                            world.Book(book.Entries);
                            break;
                        case Step.Ask ask:
                            var (from, to) = (At(ask.FromQuarter), At(ask.ToQuarter));
                            if (from > to) (from, to) = (to, from);
                            var (told, count) = world.Ask(new UsageQuery { From = from, To = to, TimeZone = ask.Zone, GroupBy = ask.GroupBy, Limit = ask.Limit });
                            rows += told;
                            pages += count > 1 ? 1 : 0;
                            break;
                        case Step.Crash crash:
                            world.Crash(crash.Writes);
                            break;
                        case Step.Lose lose:
                            world.Lose(lose.Entries);
                            made++;
                            break;
                    }
                }
                world.Ask(new UsageQuery { From = Start.AddYears(-1), To = Start.AddYears(1), TimeZone = "Europe/Berlin", GroupBy = (UsageGroups)31, Limit = 7 });
                parts += world.HasSecondPart ? 1 : 0;
            },
            iter: 150);
        Assert.True(rows > 500 && parts > 10 && pages > 25 && made > 25, $"{rows} rows, {parts} books with split days, {pages} listings of several pages, {made} losses");

        static DateTimeOffset? At(int? quarter) => quarter is { } q ? Start + (q * UsageQuery.Quarter) : null;
    }

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>A book, the stored roll-up, and the desk that is open.</summary>
    private sealed class World
    {
        private readonly FakeTimeProvider _time = new(Start);
        private readonly InMemoryBook _book = new();
        private readonly InMemoryGrainStorage _storage = new();
        private readonly List<BookEntry> _entries = [];
        private UsageDesk _desk;
        private DateTimeOffset _now = Start;
        private int _requests;

        public World() => _desk = Open();

        public bool HasSecondPart => _storage.Names.Any(name => name.EndsWith("/2", StringComparison.Ordinal));

        public void Book(Entry[] entries)
        {
            var booked = entries.Select(Of).ToList();
            var appended = _book.AppendAsync(Tenant, _entries.Count, [.. booked.Select(e => e.ToBytes())], CancellationToken.None).GetAwaiter().GetResult();
            Assert.True(appended.Appended);
            _entries.AddRange(booked);
        }

        public void Crash(int writes)
        {
            _storage.WritesLeft = writes;
            _desk.CloseAsync().GetAwaiter().GetResult();
            _storage.WritesLeft = -1;
            _desk = Open();
        }

        public void Lose(int entries)
        {
            var kept = Math.Max(0, _entries.Count - entries);
            _book.Lose(Tenant, kept);
            _entries.RemoveRange(kept, _entries.Count - kept);
        }

        public (int Rows, int Pages) Ask(UsageQuery query)
        {
            var rows = new List<UsageRow>();
            var pages = 0;
            UsageAnswer.Page page;
            do
            {
                if (_desk.IsSpoiled) _desk = Open();
                var answer = _desk.UsageAsync(query, Long).GetAwaiter().GetResult();
                if (answer is UsageAnswer.WrongRange) return (0, 0);
                page = Assert.IsType<UsageAnswer.Page>(answer);
                Assert.True(page.Rows.Length <= query.Limit);
                rows.AddRange(page.Rows);
                query = query with { Cursor = page.NextCursor };
                pages++;
            }
            while (page.NextCursor is not null);

            var expected = NaiveUsage.Rows(_entries, page.From, page.To, query.TimeZone, query.GroupBy);
            Assert.Equal(expected, rows);
            Assert.Equal(NaiveUsage.Rows(_entries, page.From, page.To, "UTC", UsageGroups.None)[0].Totals, page.Total);
            return (rows.Count, pages);
        }

        private UsageDesk Open() => new(
            _book, () => new UsageStore(_storage, GrainId.Create("usage", Tenant)), Tenant, _time, NullLogger.Instance,
            new UsageSizes { RowsPerPart = 4, OpenDays = 2, EntriesPerSave = 7, RowsAtOnce = 6 });

        private BookEntry Of(Entry e)
        {
            _now = _now.AddMinutes(e.Minutes).AddSeconds(e.Tokens % 60);
            var user = e.User == 0 ? null : $"user, \"{e.User}\" ä";
            var key = $"k_{e.Key}";
            var model = $"model-{e.Model}";
            var request = $"req_{++_requests}";
            return e.Kind switch
            {
                0 => new BookEntry.Voided { At = _now, Request = request, Attempt = 1, KeyId = key, User = user, Model = model, Outcome = "refused" },
                1 => new BookEntry.Suspended
                {
                    At = _now,
                    Request = request,
                    Attempt = 1,
                    KeyId = key,
                    User = user,
                    Model = model,
                    Amount = new Money(e.Nano),
                    Outcome = "expired",
                },
                2 => new BookEntry.Adjusted
                {
                    At = _now,
                    Adjustment = new Adjustment
                    {
                        Id = request,
                        Kind = (AdjustmentKind)(e.Tokens % 4),
                        AmountUsd = new Money(e.Nano + 1),
                        Scope = e.User switch { 0 => "tenant", 1 => $"key:{key}", _ => $"user:{user}" },
                        Model = e.Model == 0 ? null : model,
                        Reason = "law",
                    },
                },
                3 => new BookEntry.Held
                {
                    At = _now,
                    Request = request,
                    Attempt = 1,
                    KeyId = key,
                    User = user,
                    Model = model,
                    Amount = new Money(e.Nano),
                    Deadline = _now,
                    InputTokens = 1,
                    OutputTokens = 1,
                    Choices = 1,
                },
                _ => new BookEntry.Posted
                {
                    At = _now,
                    Request = request,
                    Attempt = 1,
                    KeyId = key,
                    User = user,
                    Provider = e.Tokens % 2 == 0 ? "holysheep" : null,
                    Model = model,
                    Usage = new TokenUsage(e.Tokens * 2, e.Tokens, CachedInput: e.Tokens / 2, Reasoning: e.Tokens / 3, CacheWrite: e.Tokens / 4),
                    Cost = new Money(e.Nano),
                    Absorbed = new Money(e.Kind == 4 ? e.Tokens : 0),
                    Estimated = e.Kind == 5,
                    Resolves = e.Kind == 6,
                    Outcome = "ok",
                },
            };
        }
    }
}
