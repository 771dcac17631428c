using System.Text;
using System.Text.Json;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Requests;

/// <summary>What an admission was decided on, as its entry keeps it.</summary>
public sealed class HeldDecisionTests
{
    [Fact]
    public void An_admission_keeps_its_targets_and_every_budget_as_it_found_it()
    {
        var policy = TestTenant.Policy() with
        {
            Budgets =
            [
                new BudgetPolicy { Window = BudgetWindow.Month, LimitUsd = Money.FromUsd(500) },
                new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.Zero, Mode = BudgetMode.Soft },
            ],
            EndUserDefaults = new ScopePolicy { Budgets = [new BudgetPolicy { Window = BudgetWindow.Rolling(30), LimitUsd = Money.FromUsd(7) }] },
            Models = new()
            {
                Fallbacks = System.Collections.Immutable.ImmutableDictionary<string, System.Collections.Immutable.ImmutableArray<string>>.Empty
                    .Add("gpt-4.1", ["deepseek-v3.2"]),
            },
        };
        var tenant = new TestTenant(policy, keyPolicy: new ScopePolicy { Budgets = [new BudgetPolicy { Window = BudgetWindow.Total, LimitUsd = Money.FromUsd(9) }] });
        tenant.Adjust(new Adjustment { Id = "a", Kind = AdjustmentKind.Credit, Scope = $"key:{TestTenant.KeyId}", AmountUsd = Money.FromUsd(1), Reason = "paid" });
        var first = tenant.Granted(tenant.Request(user: "ann"));
        tenant.Post(first.Hold, Money.FromUsd(0.001m));

        tenant.Granted(tenant.Request(user: "ann"));

        var decision = ((BookEntry.Held)tenant.Entries[^1]).Decision!;
        Assert.Null(decision.Asked);
        Assert.Equal(["gpt-4.1", "deepseek-v3.2"], decision.Targets.Select(target => target.Model));
        Assert.All(decision.Targets, target => Assert.Equal(("holysheep", "2026-01-01"), (target.Provider, target.PriceVersion)));
        Assert.Equal(
            ["tenant month 500 0.001 0 False", "tenant day 0 0.001 0 True", "key total 10 0.001 1 False", "user rolling:30d 7 0.001 0 False"],
            decision.Budgets.Select(b => $"{b.Scope} {b.Window} {b.Limit} {b.Counted} {b.Raised} {b.Soft}"));
    }

    [Fact]
    public void A_hold_after_one_in_suspense_keeps_what_it_found_itself()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 500));
        var first = tenant.Granted(tenant.Request());
        var last = tenant.Account.FindHold(first.Hold)!;
        tenant.Post(first.Hold, Money.Zero, PostingKind.Suspense);

        var next = tenant.Admission.Next(last)!.Value.Entry;

        Assert.Equal(Money.Zero, last.Entry.Decision!.Budgets.Single().Counted);
        Assert.Equal(first.Held, next.Decision!.Budgets.Single().Counted);
    }

    [Fact]
    public void The_book_gives_back_what_was_decided()
    {
        var held = Held(new HeldDecision
        {
            Asked = "gpt-best",
            Targets = [new HeldTarget("holysheep", "gpt-4.1", "2026-01-01"), new HeldTarget("other", "vendor/x", "v 2")],
            Budgets =
            [
                Budget("tenant"),
                Budget("key") with { Soft = true, Raised = Money.FromUsd(1.5m) },
                Budget("user") with { Window = BudgetWindow.Rolling(30), RolledOver = new Money(-1) },
            ],
        });

        Assert.Equal(held, BookEntry.Parse(new RawEntry(1, held.ToBytes())));
        Assert.Equal(Held(null), BookEntry.Parse(new RawEntry(1, Held(null).ToBytes())));
        Assert.DoesNotContain("decision", Encoding.UTF8.GetString(Held(null).ToBytes().Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_release_may_say_more()
    {
        var decision = JsonSerializer.Deserialize<HeldDecision>(
            """{"x":{"y":[1]},"t":[["p","m","v",{"new":1}]],"b":[{"s":"key","new":[1],"w":"day","l":1.5,"c":0.25}],"z":null}""")!;
        Assert.Equal(new HeldTarget("p", "m", "v"), decision.Targets.Single());
        Assert.Equal(new HeldBudget { Scope = "key", Window = BudgetWindow.Day, Limit = Money.FromUsd(1.5m), Counted = Money.FromUsd(0.25m) }, decision.Budgets.Single());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"t":1}""")]
    [InlineData("""{"t":[["p","m"]]}""")]
    [InlineData("""{"b":[{"s":"planet"}]}""")]
    [InlineData("""{"b":[{"w":"fortnight"}]}""")]
    [InlineData("""{"b":[{"l":"1"}]}""")]
    public void What_is_no_decision_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<HeldDecision>(json));

    [Fact]
    public void A_budget_takes_at_most_sixty_bytes_and_none_takes_none()
    {
        static int Size(params HeldBudget[] budgets) => Held(new HeldDecision { Targets = [new("holysheep", "gpt-4.1", "2026-01-01")], Budgets = budgets }).ToBytes().Length;
        var large = Budget("tenant") with { Limit = Money.FromUsd(99_999), Counted = Money.FromUsd(12_345.678901234m) };

        Assert.InRange(Size(large, large, large) - Size(large, large), 1, 60);
        Assert.InRange(Size() - Held(null).ToBytes().Length, 1, 65);
    }

    private static HeldBudget Budget(string scope) => new() { Scope = scope, Window = BudgetWindow.Month, Limit = Money.FromUsd(500), Counted = Money.FromUsd(1.2034m) };

    private static BookEntry.Held Held(HeldDecision? decision) => new()
    {
        At = new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero),
        Request = "req_1",
        Attempt = 1,
        KeyId = "k_00000001",
        Model = "gpt-4.1",
        Amount = Money.FromUsd(0.01m),
        Deadline = new DateTimeOffset(2026, 11, 25, 12, 5, 0, TimeSpan.Zero),
        InputTokens = 100,
        OutputTokens = 200,
        Choices = 1,
        Decision = decision,
    };
}
