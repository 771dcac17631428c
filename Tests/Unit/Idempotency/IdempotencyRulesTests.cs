using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

/// <summary>What a request with an idempotency key gets, by what became of the last hold of that key.</summary>
public sealed class IdempotencyRulesTests
{
    private static readonly Money Cost = Money.FromUsd(0.001m);

    private readonly TestTenant _tenant = new(TestTenant.Policy(monthlyUsd: 100m));

    [Fact]
    public void A_key_that_is_new_is_admitted_and_stands_in_its_hold()
    {
        var plan = _tenant.Granted(Keyed());

        var held = Assert.IsType<BookEntry.Held>(_tenant.Entries[^1]);
        Assert.Equal(("k", "f"), (held.IdempotencyKey, held.Fingerprint));
        Assert.Equal(new KeepAnswer(new("k", "f"), held.At), plan.Keep);
        Assert.Null(_tenant.Granted(_tenant.Request()).Keep);
    }

    [Fact]
    public void A_call_under_way_is_in_progress_for_others_and_granted_again_to_itself()
    {
        var request = Keyed();
        var plan = _tenant.Granted(request);

        Assert.Equal(new ReservationOutcome.InProgress(plan.Hold.RequestId), _tenant.Reserve(Keyed()));
        Assert.Equal(plan.Hold, _tenant.Granted(request).Hold);
        Assert.Single(_tenant.Account.Holds);
    }

    [Fact]
    public void An_answered_call_is_replayed_with_what_the_book_says_and_books_nothing()
    {
        var hold = _tenant.Granted(Keyed()).Hold;
        var receipt = _tenant.Post(hold, Cost);
        var entries = _tenant.Entries.Count;

        var replay = Assert.IsType<ReservationOutcome.Replay>(_tenant.Reserve(Keyed()));

        Assert.Equal((hold, receipt), (replay.Hold, replay.Receipt));
        Assert.Equal(entries, _tenant.Entries.Count);
    }

    [Fact]
    public void A_replay_takes_nothing_from_rate_limits_and_needs_no_model()
    {
        var tenant = new TestTenant(TestTenant.Policy(limits: new QuotaLimits { RequestsPerMinute = 1, ConcurrentRequests = 1 }));
        tenant.Post(tenant.Granted(Keyed(tenant)).Hold, Cost);
        tenant.Catalog = tenant.Catalog with { Models = tenant.Catalog.Models.Clear() };

        for (var i = 0; i < 3; i++) Assert.IsType<ReservationOutcome.Replay>(tenant.Reserve(Keyed(tenant)));
    }

    [Theory]
    [InlineData(PostingKind.Posted)]
    [InlineData(PostingKind.Suspense)]
    [InlineData(null)]
    public void Another_body_with_the_same_key_is_refused(PostingKind? ending)
    {
        var hold = _tenant.Granted(Keyed()).Hold;
        if (ending is { } kind) _tenant.Post(hold, Cost, kind);

        Assert.Equal(new ReservationOutcome.KeyReused(hold.RequestId), _tenant.Reserve(Keyed(fingerprint: "other")));
    }

    [Theory]
    [InlineData("f")]
    [InlineData("other")]
    public void A_call_that_came_to_nothing_frees_its_key(string fingerprint)
    {
        _tenant.Post(_tenant.Granted(Keyed()).Hold, Money.Zero, PostingKind.Void);

        Assert.NotNull(_tenant.Granted(Keyed(fingerprint: fingerprint)).Keep);
    }

    [Fact]
    public void A_call_whose_outcome_is_unknown_is_taken_over_by_one_new_hold()
    {
        var lost = _tenant.Granted(Keyed()).Hold;
        _tenant.Post(lost, Money.Zero, PostingKind.Suspense);
        Assert.Equal(lost, IdempotencyRules.InDoubt(Calls(), new("k", "f")));

        var next = _tenant.Granted(Keyed()).Hold;

        Assert.Equal(new ReservationOutcome.InProgress(next.RequestId), _tenant.Reserve(Keyed()));
        Assert.True(_tenant.Account.FindHold(lost)!.InSuspense);
        Assert.Null(IdempotencyRules.InDoubt(Calls(), new("k", "f")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_two_calls_of_a_key_that_both_cost_something_one_is_invoiced(bool newestFirst)
    {
        var older = _tenant.Granted(Keyed()).Hold;
        _tenant.Post(older, Money.Zero, PostingKind.Suspense);
        var newer = _tenant.Granted(Keyed()).Hold;
        var (first, second) = newestFirst ? (newer, older) : (older, newer);

        Assert.Equal(new PostingReceipt(Cost, Money.Zero), _tenant.Post(first, Cost));
        Assert.Equal(new PostingReceipt(Money.Zero, Cost), _tenant.Post(second, Cost));

        var budget = _tenant.Budget();
        Assert.Equal((Cost, Cost, Money.Zero, Money.Zero), (budget.SettledUsd, budget.AbsorbedUsd, budget.HeldUsd, budget.SuspenseUsd));
        // What is given again is the last hold's answer, with its own posting.
        var replay = Assert.IsType<ReservationOutcome.Replay>(_tenant.Reserve(Keyed()));
        Assert.Equal((newer, newestFirst ? Cost : Money.Zero), (replay.Hold, replay.Receipt.Invoiced));
    }

    [Fact]
    public void A_renewed_hold_carries_the_key()
    {
        var first = _tenant.Granted(Keyed());
        var last = _tenant.Account.FindHold(first.Hold)!;
        _tenant.Post(first.Hold, Money.Zero, PostingKind.Suspense);
        var (plan, entry) = _tenant.Admission.Next(last)!.Value;
        _tenant.Book(entry);

        Assert.Equal(first.Keep!.Idempotency, plan.Keep!.Idempotency);
        Assert.Equal(new ReservationOutcome.InProgress(first.Hold.RequestId), _tenant.Reserve(Keyed()));
        _tenant.Post(plan.Hold, Cost);
        Assert.Equal(plan.Hold, Assert.IsType<ReservationOutcome.Replay>(_tenant.Reserve(Keyed())).Hold);
    }

    [Fact]
    public void A_key_is_remembered_for_a_day_after_its_last_hold_was_made()
    {
        var hold = _tenant.Granted(Keyed()).Hold;
        _tenant.Post(hold, Cost);

        _tenant.Time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromTicks(1));
        Assert.IsType<ReservationOutcome.Replay>(_tenant.Reserve(Keyed()));
        _tenant.Time.Advance(TimeSpan.FromTicks(1));
        var next = _tenant.Granted(Keyed(fingerprint: "other")).Hold;

        // Another day's call is another call: it pays for itself.
        Assert.Equal(Cost, _tenant.Post(next, Cost)!.Value.Invoiced);
    }

    [Fact]
    public void A_call_that_was_in_doubt_before_its_key_was_forgotten_does_not_pay_for_a_later_one()
    {
        var lost = _tenant.Granted(Keyed()).Hold;
        _tenant.Post(lost, Money.Zero, PostingKind.Suspense);
        _tenant.Post(_tenant.Granted(Keyed()).Hold, Cost);
        _tenant.Time.Advance(TimeSpan.FromHours(24));
        var later = _tenant.Granted(Keyed()).Hold;

        foreach (var account in new[] { _tenant.Account, _tenant.Replayed(), _tenant.Restored(_tenant.Snapshot()) })
        {
            Assert.Equal(Money.Zero, Posted(account, lost).Cost);
            Assert.Equal(Cost, Posted(account, later).Cost);
        }
    }

    [Fact]
    public void A_call_under_way_keeps_its_key_however_long_it_takes()
    {
        var hold = _tenant.Granted(Keyed()).Hold;
        _tenant.Time.Advance(TimeSpan.FromHours(30));
        Assert.Equal(new ReservationOutcome.InProgress(hold.RequestId), _tenant.Reserve(Keyed()));
    }

    [Fact]
    public void Keys_differ_by_case_and_by_every_character()
    {
        _tenant.Post(_tenant.Granted(Keyed("Key")).Hold, Cost);
        foreach (var other in new[] { "key", "Key ", "Ke", "Key1" }) Assert.NotNull(_tenant.Granted(Keyed(other)).Keep);
    }

    [Fact]
    public void A_replayed_book_and_a_snapshot_know_the_same_keys()
    {
        var pending = _tenant.Granted(Keyed("pending")).Hold;
        _tenant.Post(_tenant.Granted(Keyed("posted")).Hold, Cost);
        _tenant.Post(_tenant.Granted(Keyed("doubt")).Hold, Money.Zero, PostingKind.Suspense);
        _tenant.Post(_tenant.Granted(Keyed("void")).Hold, Money.Zero, PostingKind.Void);

        foreach (var account in new[] { _tenant.Account, _tenant.Replayed(), _tenant.Restored(_tenant.Snapshot()) })
        {
            Assert.Equal(3, account.Idempotency.Count);
            Assert.Equal(
                [KeyedState.Pending, KeyedState.Posted, KeyedState.Suspense, null],
                new[] { "pending", "posted", "doubt", "void" }.Select(k => account.Idempotency.Find(k, _tenant.Now)?.State));
            Assert.Equal(Cost, account.Idempotency.Find("posted", _tenant.Now)!.Receipt.Invoiced);
            account.Apply(Posted(account, pending), _tenant.Entries.Count + 1);
            Assert.Equal(KeyedState.Posted, account.Idempotency.Find("pending", _tenant.Now)!.State);
        }
    }

    private BookEntry.Posted Posted(TenantAccount account, HoldId hold) => Assert.IsType<BookEntry.Posted>(
        PostingRules.Decide(account, new Posting { Hold = hold, Kind = PostingKind.Posted, Cost = Cost, Outcome = "ok" }, _tenant.Now));

    private KeyedCalls? Calls() => _tenant.Account.Idempotency.Find("k", _tenant.Now);

    private ReservationRequest Keyed(string key = "k", string fingerprint = "f") => _tenant.Request() with { Idempotency = new(key, fingerprint) };

    private static ReservationRequest Keyed(TestTenant tenant) => tenant.Request() with { Idempotency = new("k", "f") };
}
