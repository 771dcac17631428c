using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties;

/// <summary>
/// Laws of what is stored beside the snapshot: whatever is written, lost or evicted when, the account that is read again is the straight
/// fold of the book.
/// </summary>
public sealed class ShelfLaws
{
    private static readonly DateTimeOffset Start = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);
    private static readonly string[] Users = ["ann", "bob", "cem ☂", "dee"];

    private static readonly ScopePolicy Ceilings = new()
    {
        Limits = new QuotaLimits { RequestsPerMinute = 100, TokensPerMinute = 1_000_000, ConcurrentRequests = 50 },
        Budgets =
        [
            new BudgetPolicy { Window = BudgetWindow.Hour, LimitUsd = Money.FromUsd(0.05m), RollOverUsd = Money.FromUsd(0.02m), AlertAt = [0.1m, 0.5m] },
            new BudgetPolicy { Window = BudgetWindow.Rolling(2), LimitUsd = Money.FromUsd(0.3m) },
        ],
    };

    private abstract record Step
    {
        public sealed record Reserve(string User, int Bytes) : Step;

        public sealed record End(int Which, PostingKind Kind, int CostPercent) : Step;

        public sealed record Adjust(string User, int Cents) : Step;

        public sealed record Defaults(bool Set) : Step;

        public sealed record Wait(int Seconds) : Step;

        /// <summary>Sweeps until all that may leave memory has.</summary>
        public sealed record Evict : Step;

        /// <summary>A snapshot of whose writes the first some land; the next one may be lost or land without being confirmed.</summary>
        public sealed record Snapshot(int Lands, WriteFate Then) : Step;

        public sealed record Crash : Step;
    }

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, Gen.Select(Gen.Int[0, Users.Length - 1].Select(i => Users[i]), Gen.Int[1, 3_000]).Select(x => (Step)new Step.Reserve(x.Item1, x.Item2))),
        (5, Gen.Select(Gen.Int[0, 50], Gen.Enum<PostingKind>(), Gen.Int[0, 130]).Select(x => (Step)new Step.End(x.Item1, x.Item2, x.Item3))),
        (1, Gen.Select(Gen.Int[0, Users.Length - 1].Select(i => Users[i]), Gen.Int[1, 3]).Select(x => (Step)new Step.Adjust(x.Item1, x.Item2))),
        (1, Gen.Bool.Select(x => (Step)new Step.Defaults(x))),
        (1, Gen.Int[1, 9_000].Select(x => (Step)new Step.Wait(x))),
        (1, Gen.Const((Step)new Step.Evict())),
        (2, Gen.Select(Gen.Int[0, 6], Gen.Enum<WriteFate>()).Select(x => (Step)new Step.Snapshot(x.Item1, x.Item2))),
        (1, Gen.Const((Step)new Step.Crash())));

    [Fact]
    public async Task Whatever_was_written_lost_or_evicted_when_the_account_read_again_is_the_straight_fold_of_the_book()
    {
        int ahead = 0, evicted = 0, inUserScope = 0;
        await Steps.Array[100].SampleAsync(
            async steps =>
            {
                var life = new Life();
                await life.LoadAsync();
                foreach (var step in steps)
                {
                    await life.PlayAsync(step);
                    if (step is Step.Crash or Step.Evict) life.AssertIsTheFold();
                }
                await life.LoadAsync();
                await life.BringAllAsync();
                life.AssertIsTheFold();
                Interlocked.Add(ref ahead, life.ItemsAheadAtLoad);
                Interlocked.Add(ref evicted, life.Evicted);
                Interlocked.Add(ref inUserScope, life.Straight.Holds.Count(h => h.OfUser));
            },
            iter: 150);
        // Snapshots that ended between an item and the core, evictions of users that came back, and open holds of users: all were reached.
        Assert.True(ahead > 20 && evicted > 20 && inUserScope > 20, $"{ahead} {evicted} {inUserScope}");
    }

    /// <summary>One tenant's book and store, the activation that has it now, and the fold of its whole book.</summary>
    private sealed class Life
    {
        private static readonly GrainId Grain = GrainId.Create("tenant", "acme");

        private readonly FakeTimeProvider _time = new(Start);
        private readonly InMemoryBook _book = new();
        private readonly FakeGrainStorage _storage = new();
        private readonly TenantBookStore _books;
        private readonly ModelCatalog _catalog = CatalogBuilder.Build(new CatalogOptions(), new ProvidersOptions(), "holysheep");
        private TenantBook _tenant = null!;
        private Admission _admission = null!;
        private int _applied;
        private int _names;

        public Life()
        {
            Straight = new TenantAccount(_time);
            _books = TestBooks.Of(_book, _storage, _time);
        }

        public TenantAccount Straight { get; }

        public int ItemsAheadAtLoad { get; private set; }

        public int Evicted { get; private set; }

        public async Task LoadAsync()
        {
            _storage.Fate = null;
            _tenant = await _books.LoadAsync(Grain, "acme");
            _admission = TestBooks.Admission(_tenant.Account, () => _catalog, _time);
            var coreSeq = _storage.Stored<TenantSnapshot>(Grain, "tenant")?.Seq ?? 0;
            ItemsAheadAtLoad += _tenant.Account.Users.InMemory.Count(u => u.FoldedTo > coreSeq);
            if (_tenant.Account.Policy is not null) return;
            var policy = TestTenant.Policy(monthlyUsd: 100m) with { EndUserDefaults = Ceilings };
            await _tenant.AppendAsync(new BookEntry.PolicySet { At = _time.GetUtcNow(), Policy = policy, Version = 1 });
            await _tenant.AppendAsync(new BookEntry.KeySet { At = _time.GetUtcNow(), Key = TestTenant.Key() });
        }

        public async Task PlayAsync(Step step)
        {
            var account = _tenant.Account;
            switch (step)
            {
                case Step.Reserve r:
                    while (account.ReadingOf(r.User) is { } reading) await reading;
                    var (_, held, charge) = _admission.Decide(new ReservationRequest
                    {
                        Hold = new HoldId($"req_{++_names}", 1),
                        KeyId = TestTenant.KeyId,
                        Model = "gpt-4.1",
                        InputBytes = r.Bytes,
                        OutputTokens = 100,
                        User = r.User,
                        Choices = 1,
                    });
                    if (held is null) break;
                    await _tenant.AppendAsync(held);
                    account.FindHold(held.Hold)!.Charge = charge;
                    break;
                case Step.End e when account.Holds.Count > 0:
                    var hold = account.Holds.OrderBy(h => h.Id.RequestId, StringComparer.Ordinal).ElementAt(e.Which % account.Holds.Count);
                    var cost = new Money(hold.Amount.NanoDollars * e.CostPercent / 100);
                    var posting = new Posting { Hold = hold.Id, Kind = e.Kind, Cost = cost, Outcome = "ok" };
                    if (PostingRules.Decide(account, posting, _time.GetUtcNow()) is { } ended) await _tenant.AppendAsync(ended);
                    break;
                case Step.Adjust a:
                    while (account.ReadingOfScope("user:" + a.User) is { } reading) await reading;
                    var refund = new Adjustment
                    {
                        Id = $"adj_{++_names}",
                        Kind = a.Cents % 2 == 0 ? AdjustmentKind.Refund : AdjustmentKind.Correction,
                        Scope = "user:" + a.User,
                        AmountUsd = new Money(a.Cents * 100_000L),
                        Reason = "test",
                        Actor = "test",
                    };
                    await _tenant.AppendAsync(new BookEntry.Adjusted { At = _time.GetUtcNow(), Adjustment = refund });
                    break;
                case Step.Defaults d:
                    var policy = account.Policy! with { EndUserDefaults = d.Set ? Ceilings : null };
                    await _tenant.AppendAsync(new BookEntry.PolicySet { At = _time.GetUtcNow(), Policy = policy, Version = account.Version + 1 });
                    break;
                case Step.Wait w:
                    _time.Advance(TimeSpan.FromSeconds(w.Seconds));
                    break;
                case Step.Evict:
                    _time.Advance(TimeSpan.FromMinutes(2));
                    var before = account.Users.InMemory.Count;
                    for (var i = 0; i < 3 * Shelf<ScopeAccount, TenantSnapshot.ScopeState>.SweepsKept; i++) account.Users.Sweep();
                    Evicted += before - account.Users.InMemory.Count;
                    break;
                case Step.Snapshot s:
                    var landed = 0;
                    _storage.Fate = _ => Interlocked.Increment(ref landed) <= s.Lands ? WriteFate.Lands : s.Then;
                    await _tenant.SnapshotAsync();
                    _storage.Fate = null;
                    break;
                case Step.Crash:
                    await LoadAsync();
                    break;
            }
        }

        public async Task BringAllAsync()
        {
            await _tenant.Account.Users.BringAsync(Users);
            foreach (var user in Users) Straight.Users.Get(user);
        }

        /// <summary>Compares the tenant, its keys, its holds and those end users that are in memory: looking must bring nobody back.</summary>
        public void AssertIsTheFold()
        {
            var entries = _book.EntriesOf("acme");
            for (; _applied < entries.Count; _applied++) Straight.Apply(BookEntry.Parse(new RawEntry(_applied + 1, entries[_applied])), _applied + 1);
            var users = Straight.Users.InMemory.Select(u => u.Key).Where(u => _tenant.Account.Users.InMemory.Any(i => i.Key == u)).ToList();
            Assert.Equal(Describe(Straight, users), Describe(_tenant.Account, users));
        }

        private static string Describe(TenantAccount account, List<string> users)
        {
            var core = account.ToSnapshot(0);
            var scopes = core.Scopes.Concat(account.Users.InMemory.Where(u => users.Contains(u.Key)).Select(u => u.ToState())).OrderBy(s => s.Name, StringComparer.Ordinal);
            var holds = core.Holds.OrderBy(h => h.Entry.Request, StringComparer.Ordinal).Select(h => $"{h.InSuspense} {h.OfUser} {h.Entry.Request}");
            var open = account.Users.InMemory.Where(u => users.Contains(u.Key)).OrderBy(u => u.Key, StringComparer.Ordinal).Select(u => $"{u.Key} {u.Open} {u.Suspended}");
            return string.Join('\n', scopes.Select(Describe).Concat(holds).Concat(open));
        }

        private static string Describe(TenantSnapshot.ScopeState scope) =>
            $"{scope.Name} {scope.Credit} {JsonSerializer.Serialize(scope.Windows.OrderBy(w => w.Window).ThenBy(w => w.Start).ThenBy(w => w.Past))}";
    }
}
