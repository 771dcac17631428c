using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Tenants;

/// <summary>Concurrency slots belong to holds: taken with them, free when they end or when nobody knows how they ended, never twice.</summary>
public sealed class SlotsTests
{
    private readonly TestTenant _tenant = new(TestTenant.Policy(limits: new QuotaLimits { ConcurrentRequests = 2 }));

    [Theory]
    [InlineData(PostingKind.Posted)]
    [InlineData(PostingKind.Void)]
    [InlineData(PostingKind.Suspense)]
    public void Whichever_way_a_hold_ends_its_slot_is_free(PostingKind kind)
    {
        var (one, _) = (_tenant.Granted(_tenant.Request()), _tenant.Granted(_tenant.Request()));
        AssertFull();
        _tenant.Post(one.Hold, Money.Zero, kind);
        _tenant.Granted(_tenant.Request());
        AssertFull();
    }

    [Fact]
    public void A_hold_past_its_deadline_has_no_slot_and_what_resolves_it_frees_none()
    {
        var (one, two) = (_tenant.Granted(_tenant.Request()), _tenant.Granted(_tenant.Request()));
        _tenant.Book(PostingRules.Expire(_tenant.Account.FindHold(one.Hold)!, _tenant.Now));
        _tenant.Granted(_tenant.Request());
        AssertFull();

        // The posting that came too late for the deadline.
        _tenant.Post(one.Hold, Money.FromUsd(0.001m));
        _tenant.Post(one.Hold, Money.FromUsd(0.001m));

        AssertFull();
        _tenant.Post(two.Hold, Money.Zero);
        Assert.Equal(1, _tenant.Account.TenantScope.Open);
    }

    [Fact]
    public void A_request_that_is_tried_again_on_a_new_hold_has_one_slot()
    {
        var (one, _) = (_tenant.Granted(_tenant.Request()), _tenant.Granted(_tenant.Request()));
        var last = _tenant.Account.FindHold(one.Hold)!;
        _tenant.Post(one.Hold, Money.Zero, PostingKind.Suspense);
        var next = _tenant.Admission.Next(last)!.Value;
        _tenant.Book(next.Entry);
        AssertFull();

        _tenant.Post(next.Plan.Hold, Money.Zero);
        _tenant.Post(one.Hold, Money.Zero, PostingKind.Void);
        Assert.Equal(1, _tenant.Account.TenantScope.Open);
    }

    [Fact]
    public void A_reloaded_tenant_has_the_slots_of_its_pending_holds_and_frees_each_once()
    {
        var (pending, lost, ended) = (_tenant.Granted(_tenant.Request()), default(ProviderPlan), default(ProviderPlan));
        lost = _tenant.Granted(_tenant.Request());
        _tenant.Post(lost.Hold, Money.Zero, PostingKind.Suspense);
        ended = _tenant.Granted(_tenant.Request());
        _tenant.Post(ended.Hold, Money.Zero);

        var seq = _tenant.Entries.Count;
        var reloaded = _tenant.Restored(_tenant.Snapshot());
        var replayed = _tenant.Replayed();

        foreach (var account in new[] { reloaded, replayed })
        {
            Assert.Equal((1, 1), Slots(account));
            End(account, pending.Hold);
            Assert.Equal((0, 0), Slots(account));
            End(account, lost.Hold);
            End(account, pending.Hold);
            Assert.Equal((0, 0), Slots(account));
        }

        static (int Tenant, int Key) Slots(TenantAccount account) => (account.TenantScope.Open, account.ScopesOf(TestTenant.KeyId, null)[1].Account.Open);

        void End(TenantAccount account, HoldId hold)
        {
            var posting = new Posting { Hold = hold, Kind = PostingKind.Posted, Outcome = "ok" };
            if (PostingRules.Decide(account, posting, _tenant.Now) is { } entry) account.Apply(entry, ++seq);
        }
    }

    private void AssertFull()
    {
        Assert.Equal(2, _tenant.Account.TenantScope.Open);
        Assert.Equal(QuotaKind.ConcurrentRequests, Assert.IsType<ReservationOutcome.RateLimited>(_tenant.Reserve(_tenant.Request())).Kind);
    }
}
