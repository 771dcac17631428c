using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Reservations;

public sealed class HoldResolutionsTests
{
    private readonly TestTenant _tenant = new(TestTenant.Policy(monthlyUsd: 1m));
    private readonly HoldResolutions _resolutions;

    public HoldResolutionsTests() => _resolutions = new HoldResolutions(
        _tenant.Account,
        new CatalogSource(_tenant.Catalog),
        entry =>
        {
            _tenant.Book(entry);
            return Task.CompletedTask;
        },
        hold => Task.FromResult(_tenant.Entries.OfType<BookEntry.OfHold>().FirstOrDefault(e => e is BookEntry.Posted or BookEntry.Voided && e.Hold == hold)),
        _tenant.Time);

    [Fact]
    public async Task A_suspense_resolved_as_void_frees_its_money_and_says_who_and_why()
    {
        var hold = Suspended();

        var resolved = Done(await _resolutions.ResolveAsync(Void(hold)));

        Assert.Equal((ResolvedAs.Void, Money.Zero, "ann", "not on the provider's bill"), (resolved.As, resolved.CostUsd, resolved.Actor, resolved.Reason));
        Assert.Equal((Money.Zero, Money.Zero), (_tenant.Budget().SuspenseUsd, _tenant.Budget().SettledUsd));
        var entry = Assert.IsType<BookEntry.Voided>(_tenant.Entries[^1]);
        Assert.Equal((true, new Signature("ann", "not on the provider's bill")), (entry.Resolves, entry.Signature));
    }

    [Fact]
    public async Task A_suspense_resolved_with_its_usage_costs_what_it_would_have_cost()
    {
        var hold = Suspended();
        var resolved = Done(await _resolutions.ResolveAsync(Posted(hold) with { Usage = new TokenUsage(100, 20) }));
        // 100 × 2 + 20 × 8 dollars a million.
        Assert.Equal((Money.FromUsd(0.00036m), Money.Zero), (resolved.CostUsd, resolved.AbsorbedUsd));
        Assert.NotNull(resolved.PriceVersion);
        Assert.Equal((Money.FromUsd(0.00036m), Money.Zero), (_tenant.Budget().SettledUsd, _tenant.Budget().SuspenseUsd));
    }

    [Fact]
    public async Task A_cost_above_the_hold_is_absorbed()
    {
        var hold = Suspended();
        var held = _tenant.Account.FindHold(hold)!.Amount;
        var resolved = Done(await _resolutions.ResolveAsync(Posted(hold) with { CostUsd = held + Money.FromUsd(0.5m) }));
        Assert.Equal((held, Money.FromUsd(0.5m), (string?)null), (resolved.CostUsd, resolved.AbsorbedUsd, resolved.PriceVersion));
        Assert.Equal((held, Money.FromUsd(0.5m)), (_tenant.Budget().SettledUsd, _tenant.Budget().AbsorbedUsd));
    }

    [Fact]
    public async Task The_same_word_is_booked_once_and_another_is_a_conflict()
    {
        var hold = Suspended();
        var word = Posted(hold) with { Usage = new TokenUsage(100, 20) };
        var first = Done(await _resolutions.ResolveAsync(word));
        var count = _tenant.Entries.Count;
        _tenant.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(first, Done(await _resolutions.ResolveAsync(word)));
        foreach (var other in new[]
        {
            word with { Usage = new TokenUsage(100, 21) }, word with { CostUsd = Money.FromUsd(1) }, word with { Actor = "bob" }, word with { Reason = "other" },
            word with { Model = "other" }, Void(hold),
        })
            Assert.Contains("resolved otherwise", Conflict(await _resolutions.ResolveAsync(other)), StringComparison.Ordinal);
        Assert.Equal(count, _tenant.Entries.Count);
    }

    [Fact]
    public async Task A_pending_hold_is_left_to_its_call_until_its_deadline_has_passed()
    {
        var plan = _tenant.Granted(_tenant.Request());
        Assert.Contains("pending", Conflict(await _resolutions.ResolveAsync(Void(plan.Hold))), StringComparison.Ordinal);

        _tenant.Time.Advance(plan.Deadline - _tenant.Now);
        Done(await _resolutions.ResolveAsync(Void(plan.Hold)));

        // Through suspense, so that its line says that an operator resolved it.
        Assert.Equal(["Suspended", "Voided"], _tenant.Entries.TakeLast(2).Select(e => e.GetType().Name));
        Assert.True(Assert.IsType<BookEntry.Voided>(_tenant.Entries[^1]).Resolves);
        Assert.Equal((0, Money.Zero), (_tenant.Account.TenantScope.Open, _tenant.Budget().SuspenseUsd));
    }

    [Fact]
    public async Task A_hold_that_ended_by_itself_is_a_conflict_and_one_that_never_was_is_not_found()
    {
        var plan = _tenant.Granted(_tenant.Request());
        _tenant.Post(plan.Hold, Money.FromUsd(0.001m));
        Assert.Contains("ended by itself", Conflict(await _resolutions.ResolveAsync(Void(plan.Hold))), StringComparison.Ordinal);
        Assert.IsType<AdminOutcome<ResolvedHold>.NotFound>(await _resolutions.ResolveAsync(Void(new HoldId("nobody", 1))));
    }

    [Fact]
    public async Task A_posting_that_comes_after_an_operators_word_changes_nothing()
    {
        var hold = Suspended();
        await _resolutions.ResolveAsync(Void(hold));
        Assert.Null(_tenant.Post(hold, Money.FromUsd(0.001m)));
        Assert.Equal(Money.Zero, _tenant.Budget().SettledUsd);
    }

    [Fact]
    public async Task Every_wrong_field_is_named()
    {
        var hold = Suspended();
        var full = Void(hold) with { Reason = " ", Actor = "\n", Usage = new TokenUsage(1, 1), CostUsd = Money.Zero, Model = "gpt-4.1" };
        Assert.Equal("reason actor usage costUsd model", Faults(await _resolutions.ResolveAsync(full)));
        Assert.Equal("costUsd", Faults(await _resolutions.ResolveAsync(Posted(hold))));
        Assert.Equal("usage costUsd", Faults(await _resolutions.ResolveAsync(Posted(hold) with { Usage = new TokenUsage(1, -1), CostUsd = Money.FromUsd(-1) })));
        Assert.Equal("costUsd", Faults(await _resolutions.ResolveAsync(Posted(hold) with { CostUsd = Money.FromUsd(1_000_001) })));
        Assert.Equal("model", Faults(await _resolutions.ResolveAsync(Posted(hold) with { Usage = new TokenUsage(1, 1), Model = "nobody's" })));
        Assert.Equal("model", Faults(await _resolutions.ResolveAsync(Posted(hold) with { CostUsd = Money.FromUsd(1), Model = "nobody's" })));
        Assert.NotNull(_tenant.Account.FindHold(hold));
    }

    [Fact]
    public async Task A_model_that_the_hold_was_made_for_may_have_left_the_catalog()
    {
        var hold = Suspended();
        var resolutions = new HoldResolutions(
            _tenant.Account,
            new CatalogSource(_tenant.Catalog with { Models = _tenant.Catalog.Models.Clear() }),
            entry =>
            {
                _tenant.Book(entry);
                return Task.CompletedTask;
            },
            _ => Task.FromResult<BookEntry.OfHold?>(null),
            _tenant.Time);
        Assert.Equal(Money.FromUsd(0.0001m), Done(await resolutions.ResolveAsync(Posted(hold) with { CostUsd = Money.FromUsd(0.0001m), Model = "gpt-4.1" })).CostUsd);
    }

    [Fact]
    public async Task A_resolution_is_read_back_from_the_book_and_shown_in_the_ledger_as_resolved()
    {
        var hold = Suspended();
        await _resolutions.ResolveAsync(Posted(hold) with { CostUsd = Money.FromUsd(0.0001m) });
        var book = new InMemoryBook();
        await book.AppendAsync("acme", 0, [.. _tenant.Entries.Select(e => e.ToBytes())], CancellationToken.None);

        var lines = (await LedgerReader.PageAsync(book, "acme", null, null, null, 100)).Entries;

        Assert.Equal([LedgerEntryKind.Suspense, LedgerEntryKind.Resolved], lines.Select(l => l.Kind));
        Assert.Equal((Money.FromUsd(0.0001m), "operator_posted", new Signature("ann", "on the provider's bill")), (lines[1].CostUsd, lines[1].Outcome, lines[1].Signature));
        var ending = Assert.Single(await LedgerReader.FindEndingsAsync(book, "acme", new HashSet<HoldId> { hold }, _tenant.Entries.Count)).Value;
        Assert.Equal("ann", Assert.IsType<BookEntry.Posted>(ending).Signature!.Actor);
    }

    private HoldId Suspended()
    {
        var hold = _tenant.Granted(_tenant.Request()).Hold;
        _tenant.Post(hold, Money.Zero, PostingKind.Suspense);
        return hold;
    }

    private static HoldResolution Void(HoldId hold) => new() { Hold = hold, As = ResolvedAs.Void, Reason = "not on the provider's bill", Actor = "ann" };

    private static HoldResolution Posted(HoldId hold) => new() { Hold = hold, As = ResolvedAs.Posted, Reason = "on the provider's bill", Actor = "ann" };

    private static ResolvedHold Done(AdminOutcome<ResolvedHold> outcome) => Assert.IsType<AdminOutcome<ResolvedHold>.Done>(outcome).Value;

    private static string Conflict(AdminOutcome<ResolvedHold> outcome) => Assert.IsType<AdminOutcome<ResolvedHold>.Conflict>(outcome).Detail;

    private static string Faults(AdminOutcome<ResolvedHold> outcome) => string.Join(' ', Assert.IsType<AdminOutcome<ResolvedHold>.Invalid>(outcome).Faults.Select(f => f.Path));
}
