using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties;

/// <summary>
/// Laws of alerts over random histories in which the activation is lost between any two steps: of spending, of passing time, of changed limits and
/// of handing over.
/// </summary>
public sealed class AlertLaws
{
    private abstract record Step
    {
        public sealed record Spend(int MilliDollars, string? User) : Step;

        public sealed record Wait(int Minutes) : Step;

        public sealed record Limit(int MilliDollars) : Step;

        public sealed record Refund(int MilliDollars) : Step;

        /// <summary>Hands over; a crash takes the activation before it is delivered, before it is booked, or not at all.</summary>
        public sealed record HandOver(Lost Lost, bool FromSnapshot) : Step;
    }

    private enum Lost
    {
        Never,
        BeforeDelivery,
        BeforeBooking,
        AfterBooking,
    }

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, Gen.Select(Gen.Int[1, 40], Gen.OneOf(Gen.Const(() => (string?)null), Gen.Const(() => (string?)"ann"))).Select(x => (Step)new Step.Spend(x.Item1, x.Item2))),
        (2, Gen.Int[1, 400].Select(x => (Step)new Step.Wait(x))),
        (1, Gen.Int[0, 200].Select(x => (Step)new Step.Limit(x))),
        (1, Gen.Int[1, 60].Select(x => (Step)new Step.Refund(x))),
        (4, Gen.Select(Gen.Enum<Lost>(), Gen.Bool).Select(x => (Step)new Step.HandOver(x.Item1, x.Item2))));

    [Fact]
    public void Each_threshold_of_each_window_is_told_once_whatever_is_lost_and_a_replay_tells_the_same()
    {
        int told = 0, again = 0, rolling = 0;
        Steps.Array[60].Sample(
            steps =>
            {
                var world = new World();
                foreach (var step in steps) world.Play(step);
                world.Play(new Step.HandOver(Lost.Never, false));

                // A fold that never hands over knows all that ever happened.
                var all = Fold(world.Entries.Where(e => e is not BookEntry.Alerted)).Alerts.Pending;
                Assert.Equal(all.Select(e => e.Id).Order(), world.Delivered.Keys.Order());
                Assert.Equal(all.OrderBy(e => e.Id, StringComparer.Ordinal), world.Delivered.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => d.Value.Event));
                Assert.Empty(world.Account.Alerts.Pending);
                Assert.Equal(all.Count, all.Select(e => e.Id).Distinct().Count());
                var calendar = all.Select(e => e.Threshold!).Where(t => t.Window.Kind != WindowKind.Rolling).ToList();
                Assert.Equal(calendar.Count, calendar.Select(t => (t.Scope, t.Window, t.WindowStart, t.Threshold)).Distinct().Count());
                Assert.All(all, e => Assert.True(e.Threshold!.SpentUsd.Usd >= e.Threshold.Threshold * e.Threshold.LimitUsd.Usd));

                told += all.Count;
                again += world.Delivered.Values.Count(d => d.Times > 1);
                rolling += all.Count - calendar.Count;
            },
            iter: 300);
        Assert.True(told > 1_000 && again > 50 && rolling > 50, $"{told} {again} {rolling}");
    }

    private static TenantAccount Fold(IEnumerable<BookEntry> entries)
    {
        var account = new TenantAccount(TimeProvider.System);
        var seq = 0;
        foreach (var entry in entries) account.Apply(BookEntry.Parse(new RawEntry(++seq, entry.ToBytes())), seq);
        return account;
    }

    /// <summary>A tenant, its book, and whoever is told: one that remembers what it was told.</summary>
    private sealed class World
    {
        private readonly TestTenant _tenant = new(Policy(100));
        private int _adjustments;
        private int _requests;

        public World() => (Account, Entries) = (_tenant.Account, _tenant.Entries);

        public TenantAccount Account { get; private set; }

        public List<BookEntry> Entries { get; }

        public Dictionary<string, (WebhookEvent Event, int Times)> Delivered { get; } = [];

        public void Play(Step step)
        {
            var now = _tenant.Now;
            switch (step)
            {
                case Step.Spend spend:
                    var request = new ReservationRequest
                    {
                        Hold = new HoldId($"r{++_requests}", 1),
                        KeyId = TestTenant.KeyId,
                        Model = "gpt-4.1",
                        InputBytes = 100,
                        OutputTokens = 10,
                        User = spend.User,
                        Choices = 1,
                    };
                    var (_, held, _) = TestBooks.Admission(Account, () => _tenant.Catalog, _tenant.Time).Decide(request);
                    Book(held!);
                    Book(PostingRules.Decide(Account, new Posting { Hold = request.Hold, Kind = PostingKind.Posted, Cost = Usd(spend.MilliDollars), Outcome = "ok" }, now)!);
                    break;
                case Step.Wait wait:
                    _tenant.Time.Advance(TimeSpan.FromMinutes(wait.Minutes));
                    break;
                case Step.Limit limit:
                    Book(new BookEntry.PolicySet { At = now, Policy = Policy(limit.MilliDollars), Version = Account.Version + 1 });
                    break;
                case Step.Refund refund:
                    var back = new Adjustment { Id = $"a{++_adjustments}", Kind = AdjustmentKind.Refund, AmountUsd = Usd(refund.MilliDollars), Reason = "sorry", At = now };
                    Book(new BookEntry.Adjusted { At = now, Adjustment = back });
                    break;
                case Step.HandOver handOver:
                    HandOver(handOver.Lost);
                    if (handOver.Lost != Lost.Never) Account = handOver.FromSnapshot ? FromSnapshot() : Fold(Entries);
                    break;
            }
        }

        private void HandOver(Lost lost)
        {
            var handover = new AlertHandover("acme", Account, () => Task.CompletedTask, BookAsync, DeliverAsync, _tenant.Time, NullLogger.Instance);
            handover.Start();
            Assert.True(handover.StopAsync().IsCompletedSuccessfully);

            Task BookAsync(BookEntry entry)
            {
                if (lost == Lost.BeforeBooking) throw new StoreUnavailableException("The activation is lost.");
                Book(entry);
                return Task.CompletedTask;
            }

            Task DeliverAsync(IReadOnlyList<WebhookEvent> events)
            {
                if (lost == Lost.BeforeDelivery) throw new StoreUnavailableException("The activation is lost.");
                foreach (var e in events) Delivered[e.Id] = (e, Delivered.GetValueOrDefault(e.Id).Times + 1);
                return Task.CompletedTask;
            }
        }

        private void Book(BookEntry entry)
        {
            Entries.Add(entry);
            Account.Apply(entry, Entries.Count);
        }

        private TenantAccount FromSnapshot()
        {
            var account = new TenantAccount(_tenant.Time);
            var stored = JsonSerializer.Serialize(TestTenant.Whole(Fold(Entries), Entries.Count), BookJson.Default.TenantSnapshot);
            account.Restore(JsonSerializer.Deserialize(stored, BookJson.Default.TenantSnapshot)!);
            return account;
        }

        private static Money Usd(int milliDollars) => Money.FromUsd(milliDollars / 1_000m);

        private static TenantPolicy Policy(int milliDollars) => new()
        {
            Id = "acme",
            TimeZone = "Europe/Berlin",
            Budgets = [.. new[] { BudgetWindow.Hour, BudgetWindow.Day, BudgetWindow.Total, BudgetWindow.Rolling(1) }.Select(w => new BudgetPolicy
            {
                Window = w,
                LimitUsd = Usd(milliDollars),
                Mode = BudgetMode.Soft,
                AlertAt = milliDollars % 2 == 0 ? [0.5m, 1.0m] : [1.0m, 0.25m, 0.8m],
            })],
            EndUserDefaults = new ScopePolicy { Budgets = [new BudgetPolicy { Window = BudgetWindow.Hour, LimitUsd = Usd(20), Mode = BudgetMode.Soft, AlertAt = [1m] }] },
        };
    }
}
