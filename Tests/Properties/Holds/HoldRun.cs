using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties.Holds;

/// <summary>What the histories came across.</summary>
internal sealed class Reached
{
    public int StaleAppends { get; set; }

    public int StaleAnswers { get; set; }

    public int Resolved { get; set; }

    public int Renewals { get; set; }

    public int Extensions { get; set; }

    public int Hedges { get; set; }

    public int Fences { get; set; }

    public int RepliesLost { get; set; }

    public int LandedLate { get; set; }

    public int RefusedLate { get; set; }

    public int Denials { get; set; }

    public int Expired { get; set; }

    public override string ToString() =>
        $"stale appends refused {StaleAppends}, stale answers withheld {StaleAnswers}, suspense resolved {Resolved}, "
        + $"renewals {Renewals}, extensions {Extensions}, hedges {Hedges}, fencing voids {Fences}, "
        + $"replies lost {RepliesLost}, late appends landed {LandedLate} and refused {RefusedLate}, refused requests {Denials}, expired {Expired}";
}

/// <summary>
/// Plays a history to two activations of one tenant on a real book, and after every step compares the book with what the upstream billed and the
/// callers were told.
/// </summary>
internal sealed class HoldRun
{
    private static readonly ModelCatalog Catalog = CatalogBuilder.Build(new CatalogOptions(), new ProvidersOptions(), "holysheep");
    private static readonly Money Amount = new TestTenant().Granted(new TestTenant().Request()).Held;
    private static readonly Money Limit = new(Amount.NanoDollars * 5 / 2);
    private static readonly BudgetPolicy Budget = new() { Window = BudgetWindow.Total, LimitUsd = Limit };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.Zero));
    private readonly SnapshotsInMemory _snapshots = new();
    private readonly TestActivation?[] _activations = new TestActivation?[2];
    private readonly FaultyBook[] _stores;
    private readonly List<Exchange> _exchanges = [];
    private readonly IBook _book;
    private readonly string _tenantId;
    private readonly Reached _reached;

    private HoldRun(IBook book, string tenantId, Reached reached)
    {
        (_book, _tenantId, _reached) = (book, tenantId, reached);
        _stores = [new FaultyBook(book), new FaultyBook(book)];
    }

    public static async Task PlayAsync(IBook book, string tenantId, HoldStep[] steps, Reached reached)
    {
        var run = new HoldRun(book, tenantId, reached);
        var first = await run.ActivationAsync(0);
        await first.Write(new BookEntry.PolicySet
        {
            At = run._time.GetUtcNow(),
            Policy = TestTenant.Policy() with { Id = tenantId, Budgets = [Budget], StreamGuard = new StreamGuard { SliceTokens = 30 } },
            Version = 1,
        });
        await first.Write(new BookEntry.KeySet { At = run._time.GetUtcNow(), Key = TestTenant.Key() });
        foreach (var step in steps)
        {
            await run.PlayAsync(step);
            await run.CheckAsync();
        }
        await run.ComeToRestAsync();
    }

    private async Task PlayAsync(HoldStep step)
    {
        // Time passes, so that no two activations ever decide at the same instant.
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var alive = _exchanges.Where(e => !e.IsOver).ToList();
        var one = alive.Count == 0 ? null : alive[step.Which % alive.Count];
        switch (step.Act)
        {
            case Act.Come:
                _exchanges.Add(new Exchange(new ReservationRequest
                {
                    Hold = new HoldId($"req_{_exchanges.Count + 1}", 1),
                    KeyId = TestTenant.KeyId,
                    Model = "gpt-4.1",
                    InputBytes = 1_000,
                    OutputTokens = 100,
                    Stream = _exchanges.Count % 2 == 1,
                }));
                await StepAsync(step, _exchanges[^1]);
                break;
            case Act.Step when one is not null:
                await StepAsync(step, one);
                break;
            case Act.StepTogether when one is not null:
                await StepAsync(step, alive.Count == 1 ? [one] : [one, alive[(step.Which + 1) % alive.Count]]);
                break;
            case Act.Die when one is not null:
                one.Die(step.Choice);
                break;
            case Act.Crash:
                Drop(step.At);
                break;
            case Act.Sweep:
                // Half of the times because deadlines have passed.
                if (step.Choice % 2 == 0) _time.Advance(TimeSpan.FromMinutes(6));
                await TryAsync(step, async tenant => _reached.Expired += await tenant.Sweep());
                break;
            case Act.LateAppendsLand:
                foreach (var store in _stores) await store.LandAsync();
                break;
            case Act.Credit:
                await AdjustAsync(step, AdjustmentKind.Credit);
                break;
            case Act.Refund:
                await AdjustAsync(step, AdjustmentKind.Refund);
                break;
            case Act.Snapshot:
                await TryAsync(step, tenant => tenant.Snapshot());
                break;
        }
    }

    private Task AdjustAsync(HoldStep step, AdjustmentKind kind) => TryAsync(step, tenant => tenant.Adjust(
        new Adjustment { Id = $"a{_time.GetUtcNow().Ticks}", Kind = kind, AmountUsd = new Money(1 + (Amount.NanoDollars * step.Choice / 2_000)), Reason = "test" }));

    private async Task StepAsync(HoldStep step, params Exchange[] exchanges)
    {
        await TryAsync(step, tenant => Task.WhenAll(exchanges.Select(e => e.StepAsync(tenant, step.Choice, step.ReplyLost))));
        foreach (var exchange in exchanges) Join(exchange);
    }

    // The call beside one goes its own way.
    private void Join(Exchange exchange)
    {
        if (exchange.Beside is not { } beside || _exchanges.Contains(beside)) return;
        _exchanges.Add(beside);
        _reached.Hedges++;
    }

    /// <summary>Has an activation do something, with the step's fault in its next append.</summary>
    private async Task TryAsync(HoldStep step, Func<TestActivation, Task> ask)
    {
        var tenant = await ActivationAsync(step.At);
        var wasBehind = tenant.Count < await _book.CountAsync(_tenantId, default);
        var store = _stores[step.At];
        store.Next = step.Fault;
        var (appends, lost) = (store.Appends, store.RepliesLost);
        try
        {
            await ask(tenant);
        }
        catch (Exception e) when (e is StaleActivationException or StoreUnavailableException)
        {
            // The sweep's or the operator's call: it comes again.
        }
        store.Next = AppendFault.None;
        _reached.RepliesLost += store.RepliesLost - lost;
        if (!tenant.Failed) return;
        Drop(step.At);
        if (!wasBehind) return;
        if (store.Appends > appends) _reached.StaleAppends++;
        else _reached.StaleAnswers++;
    }

    // Its process is gone, and with it what it would have asked the store again.
    private void Drop(int at)
    {
        _activations[at]?.Stop();
        _activations[at] = null;
    }

    private async Task<TestActivation> ActivationAsync(int at) => _activations[at] ??= await TestActivation.LoadAsync(_stores[at], _tenantId, _snapshots, Catalog, _time);

    private async Task<NaiveBook> CheckAsync()
    {
        var entries = new List<BookEntry>();
        await foreach (var raw in _book.ReadAsync(_tenantId, 1, default)) entries.Add(BookEntry.Parse(raw));
        var book = new NaiveBook(entries, Limit);

        var billed = _exchanges.SelectMany(e => e.Billed.Values).Aggregate(Money.Zero, (sum, cost) => sum + cost);
        Assert.True(billed <= book.Limit + book.Refunds, $"I2: the upstream billed {billed} of {book.Limit}.");
        foreach (var exchange in _exchanges)
        {
            foreach (var (hold, cost) in exchange.Billed) Assert.True(cost <= book.CountedFor(hold), $"I7: {hold} was billed {cost} and counts {book.CountedFor(hold)}.");
            if (exchange.Told is not { } told) continue;
            if (book.PostingOf(told.Hold) is { } posting) Assert.Equal(told.Receipt, PostingRules.Receipt(posting));
            else Assert.True(
                exchange.ToldEarly && book.StateOf(told.Hold) is "pending" or "suspense",
                $"I5: {told.Hold} was told {told.Receipt} and stands {book.StateOf(told.Hold)}.");
        }

        foreach (var tenant in _activations)
        {
            // One that is behind knows less, and says so before it matters.
            if (tenant is null || tenant.Count != entries.Count) continue;
            var report = await tenant.Budget();
            Assert.Equal((book.Settled, book.Absorbed, book.Held, book.Suspense), (report.SettledUsd, report.AbsorbedUsd, report.HeldUsd, report.SuspenseUsd));
        }
        return book;
    }

    /// <summary>Nothing goes wrong any more: every process that lives does what it has to do, and deadlines pass.</summary>
    private async Task ComeToRestAsync()
    {
        foreach (var store in _stores) await store.LandAsync();
        for (var at = 0; at < _activations.Length; at++) Drop(at);
        for (var round = 0; _exchanges.Any(e => !e.IsOver); round++)
        {
            Assert.True(round < 12, "A request does not end.");
            foreach (var exchange in _exchanges.Where(e => !e.IsOver).ToList())
            {
                await exchange.StepAsync(await ActivationAsync(0), 0, false);
                Join(exchange);
            }
            await CheckAsync();
        }
        _time.Advance(TimeSpan.FromHours(1));
        _reached.Expired += await (await ActivationAsync(0)).Sweep();

        var book = await CheckAsync();
        Assert.Equal(Money.Zero, book.Held);
        foreach (var exchange in _exchanges)
        {
            foreach (var hold in exchange.Billed.Keys) Assert.True(book.StateOf(hold) is "posted" or "suspense", $"I8: {hold} was billed and stands {book.StateOf(hold)}.");
            if (exchange.Stage == Stage.Refused)
                Assert.True(book.StateOf(exchange.First) is null or "void", $"L1: {exchange.First} was refused and stands {book.StateOf(exchange.First)}.");
            if (exchange is { Stage: Stage.Done, Renewed: false }) Assert.NotEqual("suspense", book.StateOf(exchange.First with { Attempt = 2 }));
        }

        _reached.Resolved += book.Resolved;
        _reached.Renewals += book.Renewals;
        _reached.Extensions += book.Extensions;
        _reached.Fences += book.Fences;
        _reached.LandedLate += _stores.Sum(s => s.LandedLate);
        _reached.RefusedLate += _stores.Sum(s => s.RefusedLate);
        _reached.Denials += _exchanges.Count(e => e.Stage == Stage.Refused);
    }
}
