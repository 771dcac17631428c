using System.Globalization;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Requests;

/// <summary>One request's story, told from an account and a book with much else in it.</summary>
public sealed class RequestReportsTests
{
    private readonly TestTenant _tenant = new(TestTenant.Policy(monthlyUsd: 500));
    private readonly InMemoryBook _inner = new();
    private readonly CountingBook _book;
    private readonly Refusals _refusals = new(100);
    private long _count;
    private int _taken;
    private readonly SearchTurns _turns;

    public RequestReportsTests()
    {
        _book = new CountingBook(_inner);
        _turns = new SearchTurns(_tenant.Time);
    }

    [Fact]
    public async Task An_id_that_was_not_found_is_not_searched_for_again_at_once()
    {
        await NoiseAsync(5_000);
        var id = RequestIdFormat.New(_tenant.Now);
        Assert.Null(await FindAsync(id));
        Assert.NotEqual(0, _book.Reads);
        Assert.Null(await FindAsync(id));
        Assert.Equal(0, _book.Reads);
        _tenant.Time.Advance(SearchTurns.MissKept);
        Assert.Null(await FindAsync(id));
        Assert.NotEqual(0, _book.Reads);
    }

    [Fact]
    public async Task A_posted_request_tells_its_decision_its_hold_and_what_it_cost()
    {
        var plan = Granted();
        _tenant.Time.Advance(TimeSpan.FromSeconds(3));
        _tenant.Post(plan.Hold, Money.FromUsd(0.0005m), usage: new TokenUsage(12, 30));

        var report = await FindAsync(plan.Hold.RequestId);

        Assert.Equal(("acme", plan.Hold.RequestId), (report!.Tenant, report.Id));
        var decision = Assert.IsType<RequestDecision.Admitted>(report.Decision);
        Assert.Equal(
            (plan.Held, "gpt-4.1", plan.InputTokens, 100, false, TestTenant.KeyId),
            (decision.Needed, decision.Model, decision.InputTokens, decision.OutputTokens, decision.OutputCapped, decision.KeyId));
        Assert.Equal([new DecidedTarget("holysheep", "gpt-4.1", "2026-01-01")], decision.Targets);
        var budget = Assert.Single(decision.Budgets);
        Assert.Equal(
            ("tenant", Money.FromUsd(500), Money.Zero, plan.Held, BudgetVerdict.Fits),
            (budget.Scope, budget.LimitUsd, budget.CountedBeforeUsd, budget.CountedAfterUsd, budget.Verdict));
        var hold = Assert.Single(report.Holds);
        Assert.Equal((1, plan.Held, plan.Deadline, HoldStatus.Posted), (hold.Attempt, hold.AmountUsd, hold.Deadline, hold.State));
        var line = Assert.Single(report.Entries);
        Assert.Equal((LedgerEntryKind.Posted, Money.FromUsd(0.0005m), 30), (line.Kind, line.CostUsd, line.OutputTokens));
    }

    [Fact]
    public async Task A_request_under_way_is_told_from_memory()
    {
        var plan = Granted();
        await NoiseAsync(5_000);

        var report = await FindAsync(plan.Hold.RequestId);

        Assert.Equal(HoldStatus.Pending, Assert.Single(report!.Holds).State);
        Assert.Equal(0, _book.Reads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(+90)]
    [InlineData(-240)]
    public async Task A_request_far_back_is_found_by_reading_little_whatever_the_front_s_clock(int frontAheadSeconds)
    {
        await NoiseAsync(30_000);
        var plan = Granted(frontAheadSeconds);
        await NoiseAsync(200);
        _tenant.Post(plan.Hold, Money.FromUsd(0.0005m));
        await NoiseAsync(70_000);

        var report = await FindAsync(plan.Hold.RequestId);

        Assert.Equal(HoldStatus.Posted, Assert.Single(report!.Holds).State);
        Assert.Single(report.Entries);
        // Noise comes ten a second: two seconds before it, what is between, a look more, and the probes.
        Assert.InRange(_book.Reads, 1, frontAheadSeconds == 0 ? 500 : 20_000);
    }

    [Fact]
    public async Task An_attempt_in_suspense_and_the_one_after_it_are_told_together()
    {
        var plan = Granted();
        var next = Renew(plan.Hold);
        await NoiseAsync(20);
        _tenant.Post(next, Money.FromUsd(0.0005m));
        await NoiseAsync(20_000);

        var report = await FindAsync(plan.Hold.RequestId);

        Assert.Equal([HoldStatus.Suspense, HoldStatus.Posted], report!.Holds.Select(hold => hold.State));
        Assert.Equal([LedgerEntryKind.Suspense, LedgerEntryKind.Posted], report.Entries.Select(line => line.Kind));
        Assert.Null(report.Holds[0].Decision);
        Assert.Equal(plan.Held, report.Holds[1].Decision!.Budgets.Single().CountedBeforeUsd);
        Assert.InRange(_book.Reads, 1, 500);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_suspense_resolved_days_later_is_found_also_after_a_restart(bool restarted)
    {
        var plan = Granted();
        var next = Renew(plan.Hold);
        _tenant.Post(next, Money.FromUsd(0.0005m));
        await NoiseAsync(30_000);
        _tenant.Time.Advance(TimeSpan.FromDays(3));
        _tenant.Post(plan.Hold, Money.FromUsd(0.0004m));
        await NoiseAsync(30_000);

        var account = _tenant.Account;
        if (restarted)
        {
            account = new TenantAccount(_tenant.Time);
            account.Restore(_tenant.Account.ToSnapshot(_count));
        }
        var report = await FindAsync(plan.Hold.RequestId, account);

        Assert.Equal([HoldStatus.Posted, HoldStatus.Posted], report!.Holds.Select(hold => hold.State));
        Assert.Equal([LedgerEntryKind.Suspense, LedgerEntryKind.Posted, LedgerEntryKind.Resolved], report.Entries.Select(line => line.Kind));
        Assert.InRange(_book.Reads, 1, 15_000);
    }

    [Fact]
    public async Task A_late_ending_that_is_no_longer_remembered_is_found_by_reading_on()
    {
        var plan = Granted();
        _tenant.Post(plan.Hold, Money.Zero, PostingKind.Suspense);
        await NoiseAsync(20_000);
        _tenant.Time.Advance(TimeSpan.FromDays(3));
        _tenant.Post(plan.Hold, Money.Zero, PostingKind.Void);
        await NoiseAsync(20_000);
        var forgetful = new TenantAccount(_tenant.Time);
        forgetful.Restore(_tenant.Account.ToSnapshot(_count) with { LateEndings = null });

        var report = await FindAsync(plan.Hold.RequestId, forgetful);

        Assert.Equal(HoldStatus.Void, Assert.Single(report!.Holds).State);
        Assert.Equal([LedgerEntryKind.Suspense, LedgerEntryKind.Resolved], report.Entries.Select(line => line.Kind));
    }

    [Fact]
    public async Task A_deadline_that_passed_while_the_tenant_slept_is_found()
    {
        var plan = Granted();
        await NoiseAsync(100);
        _tenant.Time.Advance(TimeSpan.FromHours(9));
        _tenant.Book(PostingRules.Expire(_tenant.Account.FindHold(plan.Hold)!, _tenant.Now));
        await NoiseAsync(100);

        var report = await FindAsync(plan.Hold.RequestId);

        Assert.Equal(HoldStatus.Suspense, Assert.Single(report!.Holds).State);
        Assert.Equal("expired", Assert.Single(report.Entries).Outcome);
    }

    [Fact]
    public async Task A_refund_about_a_request_is_one_of_its_lines()
    {
        var plan = Granted();
        _tenant.Post(plan.Hold, Money.FromUsd(0.0005m));
        await NoiseAsync(20_000);
        _tenant.Adjust(new Adjustment { Id = "r", Kind = AdjustmentKind.Refund, AmountUsd = Money.FromUsd(0.0005m), Reason = "sorry", RequestId = plan.Hold.RequestId });
        await NoiseAsync(20_000);

        var report = await FindAsync(plan.Hold.RequestId);

        Assert.Equal([LedgerEntryKind.Posted, LedgerEntryKind.Adjusted], report!.Entries.Select(line => line.Kind));
    }

    [Fact]
    public async Task A_hold_given_back_before_anyone_heard_of_it_has_no_decision()
    {
        var id = RequestIdFormat.New(_tenant.Now);
        _tenant.Time.Advance(TimeSpan.FromSeconds(1));
        _tenant.Post(new HoldId(id, 1), Money.Zero, PostingKind.Void);

        var report = await FindAsync(id);

        Assert.Null(report!.Decision);
        Assert.Empty(report.Holds);
        Assert.Equal(LedgerEntryKind.Void, Assert.Single(report.Entries).Kind);
    }

    [Fact]
    public async Task A_refusal_is_told_while_it_is_remembered()
    {
        var request = _tenant.Request(output: 32_000, bytes: 900_000) with { Hold = new HoldId(RequestIdFormat.New(_tenant.Now), 1), Choices = 128 };
        var refused = Assert.IsType<ReservationOutcome.BudgetSpent>(new TestTenant(TestTenant.Policy(monthlyUsd: 0.01m)).Reserve(request));
        _refusals.Remember(request, refused, _tenant.Now);

        var report = await FindAsync(request.Hold.RequestId);

        var decision = Assert.IsType<RequestDecision.Refused>(report!.Decision);
        Assert.Equal((TestTenant.KeyId, "gpt-4.1", (ReservationOutcome)refused), (decision.KeyId, decision.Model, decision.Outcome));
        Assert.Empty(report.Holds);
        Assert.Equal(0, _book.Reads);
    }

    [Fact]
    public async Task What_was_never_admitted_is_not_found_and_costs_a_bounded_look()
    {
        await NoiseAsync(100_000);
        var unknown = RequestIdFormat.New(_tenant.Now - TimeSpan.FromHours(1));

        Assert.Null(await FindAsync(unknown));

        // Ten a second over the reach and the margins.
        Assert.InRange(_book.Reads, 1, 20_000);
        Assert.Null(await FindAsync("req_1"));
        Assert.Null(await FindAsync(RequestIdFormat.New(DateTimeOffset.UnixEpoch)));
        Assert.Null(await FindAsync(RequestIdFormat.New(_tenant.Now.AddYears(10))));
    }

    private ProviderPlan Granted(int frontAheadSeconds = 0) =>
        _tenant.Granted(_tenant.Request() with { Hold = new HoldId(RequestIdFormat.New(_tenant.Now.AddSeconds(frontAheadSeconds)), 1) });

    private HoldId Renew(HoldId hold)
    {
        var last = _tenant.Account.FindHold(hold)!;
        _tenant.Post(hold, Money.Zero, PostingKind.Suspense);
        var next = _tenant.Admission.Next(last)!.Value.Entry;
        _tenant.Book(next);
        return next.Hold;
    }

    private async Task<RequestReport?> FindAsync(string id, TenantAccount? account = null)
    {
        await WriteAsync([]);
        _book.Reads = 0;
        return await new RequestReports(_book, account ?? _tenant.Account, _refusals, _turns).FindAsync(id, _count);
    }

    /// <summary>Others' entries, ten a second, which the account need not know.</summary>
    private async Task NoiseAsync(int entries)
    {
        var noise = new List<BookEntry>(entries);
        for (var i = 0; i < entries; i++)
        {
            noise.Add(new BookEntry.Voided { At = _tenant.Now, Request = "req_" + (_count + i).ToString("D22", CultureInfo.InvariantCulture), Attempt = 1, Outcome = "ok" });
            _tenant.Time.Advance(TimeSpan.FromMilliseconds(100));
        }
        await WriteAsync(noise);
    }

    private async Task WriteAsync(List<BookEntry> more)
    {
        var entries = _tenant.Entries.Skip(_taken).Concat(more).Select(entry => entry.ToBytes()).ToList();
        _taken = _tenant.Entries.Count;
        Assert.True((await _book.AppendAsync("acme", _count, entries, TestContext.Current.CancellationToken)).Appended);
        _count += entries.Count;
    }
}
