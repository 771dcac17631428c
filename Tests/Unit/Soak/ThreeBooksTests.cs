using OrleansGateway.Simulator;
using OrleansGateway.Soak;

namespace OrleansGateway.Tests.Unit.Soak;

/// <summary>The comparison itself: equal books pass, and each way of being wrong is noticed.</summary>
public sealed class ThreeBooksTests
{
    private const decimal Cost = 0.00018m; // 10 input and 20 output tokens of gpt-4.1

    private static readonly ClientCall Call = new()
    {
        Tenant = "acme",
        Plan = new CallPlan(1, CallPlan.Chat, "gpt-4.1", false, 40, null, false),
        StartedAt = DateTimeOffset.UnixEpoch,
        Status = 200,
        RequestId = "req_1",
        Answered = true,
        ToldUsd = Cost,
    };

    private static readonly ClientCall Lost = Call with { Status = null, RequestId = null, Answered = false, ToldUsd = null };

    private static readonly LedgerLine Posted = new(2, DateTimeOffset.UnixEpoch, "posted", "req_1", 1, "caller-1", "gpt-4.1", 10, 0, 20, Cost, 0, "2026-01-01", "ok", false);

    private static readonly LedgerLine Suspense = Posted with { Kind = "suspense", PriceVersion = null, CostUsd = 0, AbsorbedUsd = 0.001m, Outcome = "expired" };

    private static readonly LedgerLine Void = Posted with { Kind = "void", PriceVersion = null, CostUsd = 0, Outcome = "rejected" };

    private static readonly BilledCall Billed = new()
    {
        Seq = 1,
        Id = "chatcmpl-1",
        At = DateTimeOffset.UnixEpoch,
        Path = CallPlan.Chat,
        Model = "gpt-4.1",
        InputTokens = 10,
        CachedInputTokens = 0,
        OutputTokens = 20,
        ReasoningTokens = 0,
        RequestId = "req_1",
        Status = 200,
        Completed = true,
    };

    [Fact]
    public void Equal_books_are_equal()
    {
        Assert.Empty(Compare(Call, [Posted], [Billed]));
        Assert.Empty(Compare(Lost, [Posted], [Billed]));
        Assert.Empty(Compare(Lost, [Suspense], [Billed]));
        Assert.Empty(Compare(Lost, [Suspense], []));
        Assert.Empty(Compare(Lost, [Void], []));
        Assert.Empty(Compare(Lost, [], []));
        Assert.Empty(Compare(Call, [Suspense, Posted with { Seq = 3, Attempt = 2 }], [Billed, Billed]));
        Assert.Empty(Compare(Lost, [Suspense, Posted with { Seq = 3, Kind = "resolved" }], [Billed]));
        Assert.Empty(Compare(Call, [Posted with { Estimated = true, OutputTokens = 25, CostUsd = Cost + 0.00004m }], [Billed], told: Cost + 0.00004m));
    }

    [Fact]
    public void What_the_caller_was_told_is_the_posting() => Assert.NotEmpty(Compare(Call, [Posted], [Billed], told: Cost + 0.000000001m));

    [Fact]
    public void An_answer_without_a_posting_is_noticed()
    {
        Assert.NotEmpty(Compare(Call, [], [Billed]));
        Assert.NotEmpty(Compare(Call, [Suspense], [Billed]));
        Assert.NotEmpty(Compare(Call, [], []));
    }

    [Fact]
    public void A_posting_that_the_upstream_has_not_billed_is_noticed() => Assert.NotEmpty(Compare(Lost, [Posted], []));

    [Fact]
    public void Two_postings_for_one_request_are_noticed()
    {
        Assert.NotEmpty(Compare(Call, [Posted, Posted with { Seq = 3, Attempt = 2 }], [Billed, Billed]));
        Assert.NotEmpty(Compare(Call, [Posted, Posted with { Seq = 3 }], [Billed]));
    }

    [Fact]
    public void A_billed_call_that_was_void_or_is_in_no_ledger_is_noticed()
    {
        Assert.NotEmpty(Compare(Lost, [Void], [Billed]));
        Assert.NotEmpty(Compare(Lost, [], [Billed]));
        Assert.NotEmpty(Compare(Call, [Posted], [Billed, Billed]));
    }

    [Fact]
    public void Other_tokens_or_other_money_than_billed_are_noticed()
    {
        Assert.NotEmpty(Compare(Lost, [Posted with { OutputTokens = 19 }], [Billed]));
        Assert.NotEmpty(Compare(Lost, [Posted with { CostUsd = Cost - 0.000000001m }], [Billed]));
        Assert.NotEmpty(Compare(Lost, [Posted with { Estimated = true, CostUsd = Cost - 0.000000001m }], [Billed]));
    }

    [Fact]
    public void A_refused_call_that_costs_something_is_noticed()
    {
        var refused = Call with { Status = 429, Answered = false, ToldUsd = null, Code = "insufficient_quota" };
        Assert.NotEmpty(Compare(refused, [Posted], [Billed]));
        Assert.NotEmpty(Compare(refused, [Suspense], [Billed]));
        // It was made, and no budget covered another attempt.
        Assert.Empty(Compare(refused with { ToldUsd = 0 }, [Suspense], [Billed]));
    }

    [Fact]
    public void A_budget_that_is_not_the_sum_of_its_ledger_is_noticed()
    {
        Assert.NotEmpty(Compare(Call, [Posted], [Billed], budget: b => b with { SettledUsd = 0 }));
        Assert.NotEmpty(Compare(Call, [Posted], [Billed], budget: b => b with { HeldUsd = 0.1m }));
        Assert.NotEmpty(Compare(Call, [Posted], [Billed], budget: b => b with { SuspenseUsd = 0.1m }));
        Assert.NotEmpty(Compare(Call, [Posted], [Billed], budget: b => b with { LimitUsd = Cost / 2 }));
        Assert.NotEmpty(Compare(Call, [Posted], [Billed], open: 1));
    }

    [Fact]
    public void Calls_with_one_key_are_invoiced_once_however_often_they_are_asked()
    {
        var plan = Call.Plan with { Keyed = true };
        var first = Call with { Plan = plan };
        var lost = Lost with { Plan = plan };
        var second = first with { RequestId = "req_2" };
        var again = second with { RequestId = "req_3", ReplayOf = "req_2" };
        var billedTwice = new[] { Billed, Billed with { RequestId = "req_2" } };
        var posted = Posted with { RequestId = "req_2", Seq = 5 };

        Assert.Empty(Of([lost, second, again], [Suspense, posted], billedTwice));
        Assert.Empty(Of(
            [lost, second with { ToldUsd = 0 }, again with { ToldUsd = 0 }],
            [Suspense, Posted with { Seq = 4, Kind = "resolved" }, posted with { CostUsd = 0, AbsorbedUsd = Cost }],
            billedTwice));
        Assert.Empty(Of([first, first with { RequestId = "req_3", ReplayOf = "req_1" }], [Posted], [Billed]));
        Assert.NotEmpty(Of([lost, second, again], [Suspense, Posted with { Seq = 4, Kind = "resolved" }, posted], billedTwice));
        Assert.NotEmpty(Of([first, first with { RequestId = "req_3", ReplayOf = "req_1", ToldUsd = 0 }], [Posted], [Billed]));
        Assert.NotEmpty(Of([first, second], [Posted, posted], billedTwice));

        static IReadOnlyList<string> Of(ClientCall[] calls, LedgerLine[] ledger, BilledCall[] bill)
        {
            var endings = ledger.GroupBy(l => (l.RequestId, l.Attempt)).Select(a => a.Last()).ToList();
            var figures = new BudgetFigures(
                1,
                endings.Where(l => l.IsPosting).Sum(l => l.CostUsd),
                endings.Where(l => l.IsPosting).Sum(l => l.AbsorbedUsd),
                0,
                endings.Where(l => l.IsSuspense).Sum(l => l.AbsorbedUsd));
            return new ThreeBooks(calls, [new TenantBooks("acme", ledger, figures, 0)], bill).Compare();
        }
    }

    private static IReadOnlyList<string> Compare(
        ClientCall call, LedgerLine[] ledger, BilledCall[] bill, decimal? told = null, Func<BudgetFigures, BudgetFigures>? budget = null, int open = 0)
    {
        var endings = ledger.GroupBy(l => l.Attempt).Select(a => a.Last()).ToList();
        var figures = new BudgetFigures(1, endings.Where(l => l.IsPosting).Sum(l => l.CostUsd), 0, 0, endings.Where(l => l.IsSuspense).Sum(l => l.AbsorbedUsd));
        return new ThreeBooks([told is null ? call : call with { ToldUsd = told }], [new TenantBooks("acme", ledger, budget?.Invoke(figures) ?? figures, open)], bill).Compare();
    }
}
