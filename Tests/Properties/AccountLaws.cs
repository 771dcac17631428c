using CsCheck;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties;

/// <summary>Laws of the account over random histories of reservations, postings, expiries and passing time.</summary>
public sealed class AccountLaws
{
    private abstract record Step
    {
        public sealed record Reserve(int Bytes, int? Output, string Model, string? User) : Step;

        public sealed record End(int Which, PostingKind Kind, int CostPercent) : Step;

        public sealed record Wait(int Seconds) : Step;
    }

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (5, Gen.Select(
            Gen.Int[1, 5_000],
            Gen.Int[1, 500].Nullable(),
            Gen.OneOf(Gen.Const("gpt-4.1"), Gen.Const("deepseek-v3.2"), Gen.Const("claude-sonnet-4.5")),
            Gen.OneOf(Gen.Const(() => (string?)null), Gen.Const(() => (string?)"ann"), Gen.Const(() => (string?)"bob")))
            .Select(x => (Step)new Step.Reserve(x.Item1, x.Item2, x.Item3, x.Item4))),
        (4, Gen.Select(Gen.Int[0, 50], Gen.Enum<PostingKind>(), Gen.Int[0, 130]).Select(x => (Step)new Step.End(x.Item1, x.Item2, x.Item3))),
        (1, Gen.Int[1, 40_000].Select(x => (Step)new Step.Wait(x))));

    private static readonly TenantPolicy Policy = TestTenant.Policy(monthlyUsd: 0.2m, limits: new QuotaLimits { ConcurrentRequests = 8, TokensPerMinute = 20_000 }) with
    {
        EndUserDefaults = new ScopePolicy { Budgets = [new BudgetPolicy { Window = BudgetWindow.Hour, LimitUsd = Money.FromUsd(0.02m) }] },
    };

    [Fact]
    public void What_counts_never_passes_the_limit_but_for_what_was_absorbed_and_every_posting_is_counted_once()
    {
        int denials = 0, posted = 0;
        Steps.Array[80].Sample(
            steps =>
            {
                var tenant = new TestTenant(Policy);
                var invoiced = Money.Zero;
                var absorbed = Money.Zero;
                foreach (var step in steps)
                {
                    if (Play(tenant, step, out var receipt) is ReservationOutcome.BudgetSpent) denials++;
                    if (receipt is { } r)
                    {
                        posted++;
                        invoiced += r.Invoiced;
                        absorbed += r.Absorbed;
                    }

                    var total = tenant.Account.TenantScope.Buckets.Standing(
                        new BudgetPolicy { Window = BudgetWindow.Total, LimitUsd = Money.Zero }, tenant.Now, tenant.Account.Zone);
                    var open = tenant.Account.Holds.Aggregate(Money.Zero, (sum, h) => sum + h.Amount);
                    Assert.Equal((invoiced, absorbed, open), (total.Settled, total.Absorbed, total.Held + total.Suspense));

                    var month = tenant.Budget();
                    Assert.True(month.RemainingUsd + month.AbsorbedUsd >= Money.Zero);
                    Assert.False(month.SettledUsd.IsNegative || month.HeldUsd.IsNegative || month.SuspenseUsd.IsNegative);
                    Assert.Equal(tenant.Account.Holds.Count(h => !h.InSuspense), tenant.Account.TenantScope.Open);
                    Assert.True(tenant.Account.TenantScope.Open <= 8);
                }
            },
            iter: 300);
        Assert.True(denials > 0 && posted > 0);
    }

    [Fact]
    public void A_replay_of_the_book_from_its_beginning_or_from_any_snapshot_gives_the_same_state()
    {
        Gen.Select(Steps.Array[60], Gen.Int[0, 59]).Sample(
            (steps, snapshotAt) =>
            {
                var tenant = new TestTenant(Policy);
                string? snapshot = null;
                for (var i = 0; i < steps.Length; i++)
                {
                    Play(tenant, steps[i], out _);
                    if (i == snapshotAt) snapshot = tenant.Snapshot();
                }

                var fromSnapshot = tenant.Restored(snapshot!);

                var live = Describe(tenant.Account, tenant.Now);
                Assert.Equal(live, Describe(tenant.Replayed(), tenant.Now));
                Assert.Equal(live, Describe(fromSnapshot, tenant.Now));
            },
            iter: 300);
    }

    private static ReservationOutcome? Play(TestTenant tenant, Step step, out PostingReceipt? receipt)
    {
        receipt = null;
        switch (step)
        {
            case Step.Reserve r:
                return tenant.Reserve(tenant.Request(r.Model, r.Bytes, r.Output, r.User));
            case Step.End e when tenant.Account.Holds.Count > 0:
                var hold = tenant.Account.Holds.ElementAt(e.Which % tenant.Account.Holds.Count);
                receipt = tenant.Post(hold.Id, new Money(hold.Amount.NanoDollars * e.CostPercent / 100), e.Kind);
                return null;
            case Step.Wait w:
                tenant.Time.Advance(TimeSpan.FromSeconds(w.Seconds));
                return null;
            default:
                return null;
        }
    }

    // Windows that nothing can land in any more are not state, and empty ones come and go with looking.
    private static string Describe(TenantAccount account, DateTimeOffset now)
    {
        var snapshot = TestTenant.Whole(account, 0);
        var scopes = snapshot.Scopes
            .SelectMany(s => s.Windows.Select(w => (s.Name, Window: w)))
            .Where(x => x.Window.End > now || account.Holds.Any(h => h.Scopes.Any(a => a.Name == x.Name) && h.Entry.At >= x.Window.Start && h.Entry.At < x.Window.End))
            .Where(x => x.Window is not { Settled.NanoDollars: 0, Absorbed.NanoDollars: 0, Held.NanoDollars: 0, Suspense.NanoDollars: 0 })
            .OrderBy(x => x.Name).ThenBy(x => x.Window.Window).ThenBy(x => x.Window.Start)
            .Select(x => $"{x.Name} {x.Window}");
        var holds = snapshot.Holds.OrderBy(h => h.Entry.Request, StringComparer.Ordinal).ThenBy(h => h.Entry.Attempt).Select(h => $"{h.InSuspense} {h.Entry}");
        var slots = account.ScopesOf(TestTenant.KeyId, null)
            .Select(s => s.Account)
            .Concat(account.Holds.SelectMany(h => h.Scopes))
            .Select(s => $"{s.Name} has {s.Open} open")
            .Distinct()
            .Order();
        return string.Join('\n', scopes.Concat(holds).Concat(slots));
    }
}
