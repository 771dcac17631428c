using System.Collections.Immutable;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Tenants;

public sealed class AdmissionTests
{
    [Fact]
    public void The_hold_is_the_worst_case_of_bytes_and_output_asked_for()
    {
        var tenant = new TestTenant();

        var plan = tenant.Granted(tenant.Request(bytes: 1_000, output: 100, choices: 3));

        // 1,000 × $2 + 3 × 100 × $8 per million.
        Assert.Equal(Money.FromUsd(0.002m + 0.0024m), plan.Held);
    }

    [Theory]
    [InlineData(UpstreamFailureKind.Unavailable, 1, true)]
    [InlineData(UpstreamFailureKind.RateLimited, 30, true)]
    [InlineData(UpstreamFailureKind.RateLimited, 2, false)] // is waited for
    public void A_request_that_nobody_would_be_called_for_is_refused_and_holds_nothing(UpstreamFailureKind kind, int seconds, bool refused)
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1) with
        {
            Models = new ModelAccess { Fallbacks = ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("gpt-4.1", ["deepseek-v3.2"]) },
        });
        tenant.Health.Of("holysheep", "gpt-4.1").LeaveAlone(tenant.Now.AddSeconds(seconds), kind);
        Assert.Equal(["gpt-4.1", "deepseek-v3.2"], tenant.Granted(tenant.Request()).Targets.Select(t => t.Model));
        var held = tenant.Budget().HeldUsd;

        tenant.Health.Of("holysheep", "deepseek-v3.2").LeaveAlone(tenant.Now.AddSeconds(seconds + 5), kind);
        var outcome = tenant.Reserve(tenant.Request());

        Assert.Equal(refused ? new ReservationOutcome.UpstreamsClosed(kind, TimeSpan.FromSeconds(seconds)) : null, outcome as ReservationOutcome.UpstreamsClosed);
        if (refused) Assert.Equal(held, tenant.Budget().HeldUsd);
        tenant.Time.Advance(TimeSpan.FromSeconds(seconds));
        tenant.Granted(tenant.Request());
    }

    [Fact]
    public void A_hold_that_would_pass_the_limit_is_refused_and_costs_nothing()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 0.0028m));
        var request = tenant.Request();
        tenant.Granted(request);

        var denied = Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request(bytes: 1_001)));

        Assert.Equal("tenant", denied.Budget.Scope);
        Assert.Equal(Money.Zero, denied.Budget.RemainingUsd);
        Assert.Equal(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero), denied.Budget.ResetsAt);
        Assert.Equal(Money.FromUsd(0.0028m), tenant.Budget().HeldUsd);
    }

    [Fact]
    public void What_exactly_fits_is_admitted()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 0.0056m));

        tenant.Granted(tenant.Request());
        tenant.Granted(tenant.Request());

        Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request(bytes: 1, output: 1)));
    }

    [Theory]
    [InlineData(10, null)]
    [InlineData(2_000, true)]
    public void A_request_of_more_tokens_than_the_limit_never_fits_and_is_told_how_many_it_counts(int output, bool? never)
    {
        var tenant = new TestTenant(TestTenant.Policy() with { Limits = new QuotaLimits { TokensPerMinute = 1_000, ConcurrentRequests = 2 } });
        tenant.Granted(tenant.Request(bytes: 40, output: 900));
        tenant.Granted(tenant.Request(bytes: 40, output: 50));

        var limited = Assert.IsType<ReservationOutcome.RateLimited>(tenant.Reserve(tenant.Request(bytes: 40, output: output)));

        Assert.Equal(never is null ? QuotaKind.ConcurrentRequests : QuotaKind.TokensPerMinute, limited.Kind);
        Assert.Equal(never is null ? null : TokenUsage.LikelyOf(40) + 2_000, limited.Asked);
    }

    [Fact]
    public void Without_an_output_limit_the_answer_may_be_as_long_as_the_money_left_buys()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 0.01m));

        var plan = tenant.Granted(tenant.Request(bytes: 1_000, output: null));

        Assert.True(plan.CapOutput);
        Assert.Equal(1_000, plan.OutputTokens); // $0.008 left after the input, $8 per million.
        Assert.Equal(Money.FromUsd(0.01m), plan.Held);
    }

    [Fact]
    public void Without_a_budget_an_answer_may_be_as_long_as_the_model_writes()
    {
        var tenant = new TestTenant();

        Assert.Equal(32_768, tenant.Granted(tenant.Request(output: null)).OutputTokens);
    }

    [Fact]
    public void Every_fallback_is_priced_into_the_hold()
    {
        var tenant = new TestTenant(WithFallbacks(TestTenant.Policy()));

        var plan = tenant.Granted(tenant.Request(bytes: 1_000, output: 100));

        Assert.Equal(["gpt-4.1", "claude-sonnet-4.5", "deepseek-v3.2"], plan.Targets.Select(t => t.Model));
        // Claude's: each byte may be a token that is written to its cache for an hour, at $6; 100 tokens of output at $15.
        Assert.Equal(Money.FromUsd(0.006m + 0.0015m), plan.Held);
    }

    [Fact]
    public void A_call_has_the_price_that_was_in_force_when_its_money_was_held()
    {
        var tenant = new TestTenant();
        var model = tenant.Catalog.Models["gpt-4.1"];
        var now = model.Prices[0];
        var later = now with { Version = "dearer", EffectiveFrom = tenant.Now.AddMinutes(1), OutputUsdPerMillion = Money.FromUsd(80) };
        tenant.Catalog = tenant.Catalog with { Models = tenant.Catalog.Models.SetItem(model.Id, model with { Prices = [now, later] }) };
        var early = tenant.Request();
        Assert.Equal("2026-01-01", tenant.Granted(early).Targets[0].Price.Version);

        tenant.Time.Advance(TimeSpan.FromMinutes(1));

        // The same hold again, after the change.
        Assert.Equal("2026-01-01", tenant.Granted(early).Targets[0].Price.Version);
        var late = tenant.Granted(tenant.Request());
        Assert.Equal(("dearer", Money.FromUsd(0.002m + 0.008m)), (late.Targets[0].Price.Version, late.Held));
    }

    [Fact]
    public void A_plan_tells_which_targets_think_unseen()
    {
        var tenant = new TestTenant();
        Assert.True(tenant.Granted(tenant.Request("gemini-2.5-flash")).Targets[0].Reasoning);
        Assert.False(tenant.Granted(tenant.Request()).Targets[0].Reasoning);
    }

    [Fact]
    public void A_fallback_that_the_money_left_does_not_cover_is_left_out()
    {
        var tenant = new TestTenant(WithFallbacks(TestTenant.Policy(monthlyUsd: 0.003m)));

        var plan = tenant.Granted(tenant.Request(bytes: 1_000, output: 100));

        Assert.Equal(["gpt-4.1", "deepseek-v3.2"], plan.Targets.Select(t => t.Model));
    }

    [Fact]
    public void A_fallback_that_cannot_write_as_much_as_asked_is_left_out()
    {
        var tenant = new TestTenant(WithFallbacks(TestTenant.Policy()));

        var plan = tenant.Granted(tenant.Request(output: 10_000));

        Assert.Equal(["gpt-4.1", "claude-sonnet-4.5"], plan.Targets.Select(t => t.Model));
    }

    [Fact]
    public void A_repeated_reservation_gets_the_same_hold()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var request = tenant.Request();
        var first = tenant.Granted(request);

        var again = tenant.Granted(request);

        Assert.Equal(first with { Targets = again.Targets }, again);
        Assert.Equal(first.Targets.AsEnumerable(), again.Targets);
        Assert.Equal(first.Held, tenant.Budget().HeldUsd);
    }

    [Fact]
    public void A_reservation_repeated_after_its_request_ended_is_refused()
    {
        var tenant = new TestTenant();
        var request = tenant.Request();
        tenant.Post(tenant.Granted(request).Hold, Money.Zero);

        Assert.IsType<ReservationOutcome.HoldClosed>(tenant.Reserve(request));
    }

    [Theory]
    [InlineData("no-such-model")]
    [InlineData("claude-sonnet-4.5")]
    [InlineData("text-embedding-3-small")]
    public void A_model_that_is_unknown_not_allowed_or_of_another_kind_is_not_found(string model)
    {
        var tenant = new TestTenant(TestTenant.Policy() with { Models = new ModelAccess { Allow = ["gpt-*", "text-*"] } });

        Assert.Equal(new ReservationOutcome.ModelNotFound(model), tenant.Reserve(tenant.Request(model)));
        tenant.Granted(tenant.Request("gpt-4.1"));
    }

    [Fact]
    public void A_model_that_is_not_offered_through_an_api_is_told_from_one_that_is_not_there()
    {
        var tenant = new TestTenant();
        tenant.Catalog = Offering(tenant.Catalog, "gpt-4.1", UpstreamApi.Chat, UpstreamApi.Messages);

        var elsewhere = Assert.IsType<ReservationOutcome.ApiNotOffered>(tenant.Reserve(tenant.Request() with { Api = UpstreamApi.Responses }));

        Assert.Equal(("gpt-4.1", "Chat, Messages"), (elsewhere.Model, string.Join(", ", elsewhere.Offered)));
        Assert.IsType<ReservationOutcome.ModelNotFound>(tenant.Reserve(tenant.Request("no-such-model") with { Api = UpstreamApi.Responses }));
        tenant.Granted(tenant.Request() with { Api = UpstreamApi.Messages });
    }

    [Fact]
    public void A_hold_asked_for_again_covers_what_is_offered_through_its_api_alone()
    {
        var tenant = new TestTenant(TestTenant.Policy() with
        {
            Models = new ModelAccess
            {
                Fallbacks = ImmutableDictionary<string, ImmutableArray<string>>.Empty
                    .Add("gpt-4.1", ["deepseek-v3.2", "claude-sonnet-4.5"]),
            },
        });
        tenant.Catalog = Offering(Offering(tenant.Catalog, "gpt-4.1", UpstreamApi.Chat, UpstreamApi.Messages), "claude-sonnet-4.5", UpstreamApi.Messages);
        var request = tenant.Request() with { Api = UpstreamApi.Messages };

        Assert.Equal(["gpt-4.1", "claude-sonnet-4.5"], tenant.Granted(request).Targets.Select(t => t.Model));
        Assert.Equal(["gpt-4.1", "claude-sonnet-4.5"], tenant.Granted(request).Targets.Select(t => t.Model));
        var entry = Assert.IsType<BookEntry.Held>(tenant.Entries[^1]);
        Assert.Equal(UpstreamApi.Messages, Assert.IsType<BookEntry.Held>(BookEntry.Parse(new RawEntry(1, entry.ToBytes()))).ApiAsked);
        Assert.Equal(2, tenant.Admission.Next(tenant.Account.FindHold(entry.Hold)!)!.Value.Plan.Targets.Length);
    }

    [Fact]
    public void A_book_says_no_more_of_a_chat_than_it_always_did()
    {
        var tenant = new TestTenant();
        tenant.Granted(tenant.Request());
        Assert.DoesNotContain("api\"", System.Text.Encoding.UTF8.GetString(tenant.Entries[^1].ToBytes().Span), StringComparison.OrdinalIgnoreCase);
    }

    private static ModelCatalog Offering(ModelCatalog catalog, string model, params ImmutableArray<UpstreamApi> apis) =>
        catalog with { Models = catalog.Models.SetItem(model, catalog.Models[model] with { Offers = [catalog.Models[model].Offers[0] with { Apis = apis }] }) };

    [Fact]
    public void A_model_whose_price_has_not_started_is_not_found()
    {
        var tenant = new TestTenant();
        tenant.Time.SetUtcNow(new DateTimeOffset(2026, 6, 16, 0, 0, 0, TimeSpan.Zero));
        var model = tenant.Catalog.Models["gpt-4.1"];
        tenant.Catalog = tenant.Catalog with
        {
            Models = tenant.Catalog.Models.SetItem("gpt-4.1", model with { Prices = [model.Prices[0] with { EffectiveFrom = tenant.Now.AddTicks(1) }] }),
        };

        Assert.IsType<ReservationOutcome.ModelNotFound>(tenant.Reserve(tenant.Request()));
        tenant.Time.Advance(TimeSpan.FromTicks(1));
        tenant.Granted(tenant.Request());
    }

    [Fact]
    public void A_revoked_or_expired_key_is_refused_at_once()
    {
        var tenant = new TestTenant();
        tenant.Book(new BookEntry.KeySet { At = tenant.Now, Key = TestTenant.Key() with { ExpiresAt = tenant.Now.AddSeconds(1) } });
        tenant.Granted(tenant.Request());
        tenant.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.IsType<ReservationOutcome.KeyRefused>(tenant.Reserve(tenant.Request()));

        tenant.Book(new BookEntry.KeySet { At = tenant.Now, Key = TestTenant.Key() with { RevokedAt = tenant.Now } });
        Assert.IsType<ReservationOutcome.KeyRefused>(tenant.Reserve(tenant.Request()));
    }

    [Fact]
    public void The_tightest_scope_decides_and_is_named()
    {
        var key = new ScopePolicy { Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.FromUsd(0.003m) }] };
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m), keyPolicy: key);
        tenant.Granted(tenant.Request());

        var denied = Assert.IsType<ReservationOutcome.BudgetSpent>(tenant.Reserve(tenant.Request()));

        Assert.Equal($"key:{TestTenant.KeyId}", denied.Budget.Scope);
        Assert.Equal(BudgetWindow.Day, denied.Budget.Window);
    }

    [Fact]
    public void End_users_share_nothing_with_each_other()
    {
        var policy = TestTenant.Policy() with { EndUserDefaults = new ScopePolicy { Limits = new QuotaLimits { RequestsPerMinute = 1 } } };
        var tenant = new TestTenant(policy);
        tenant.Granted(tenant.Request(user: "ann"));
        tenant.Granted(tenant.Request(user: "bob"));

        var denied = Assert.IsType<ReservationOutcome.RateLimited>(tenant.Reserve(tenant.Request(user: "ann")));

        Assert.Equal("user:ann", denied.Scope);
    }

    [Fact]
    public void A_concurrency_slot_is_free_again_once_its_hold_has_ended()
    {
        var tenant = new TestTenant(TestTenant.Policy(limits: new QuotaLimits { ConcurrentRequests = 1 }));
        var hold = tenant.Granted(tenant.Request()).Hold;
        Assert.Equal(QuotaKind.ConcurrentRequests, Assert.IsType<ReservationOutcome.RateLimited>(tenant.Reserve(tenant.Request())).Kind);

        tenant.Post(hold, Money.Zero, PostingKind.Void);

        tenant.Granted(tenant.Request());
    }

    [Fact]
    public void A_posting_replaces_the_tokens_a_request_was_admitted_with_by_those_it_used()
    {
        var tenant = new TestTenant(TestTenant.Policy(limits: new QuotaLimits { TokensPerMinute = 400 }));
        var plan = tenant.Granted(tenant.Request(bytes: 400, output: 300));
        Assert.IsType<ReservationOutcome.RateLimited>(tenant.Reserve(tenant.Request(bytes: 4, output: 1)));

        tenant.Post(plan.Hold, Money.Zero, usage: new TokenUsage(50, 50));

        tenant.Granted(tenant.Request(bytes: 400, output: 200));
        Assert.IsType<ReservationOutcome.RateLimited>(tenant.Reserve(tenant.Request(bytes: 4, output: 1)));
    }

    [Fact]
    public void A_renewed_hold_comes_on_top_of_the_one_in_suspense()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 0.0056m));
        var plan = tenant.Granted(tenant.Request());
        var last = tenant.Account.FindHold(plan.Hold)!;
        tenant.Post(plan.Hold, Money.Zero, PostingKind.Suspense);

        var next = tenant.Admission.Next(last)!.Value;
        tenant.Book(next.Entry);

        Assert.Equal(new HoldId(plan.Hold.RequestId, 2), next.Plan.Hold);
        Assert.Equal(plan.Held, tenant.Budget().SuspenseUsd);
        Assert.Equal(plan.Held, tenant.Budget().HeldUsd);
        Assert.Null(tenant.Admission.Next(tenant.Account.FindHold(next.Plan.Hold)!));
    }

    [Fact]
    public void A_renewed_hold_stands_for_no_other_though_the_last_one_did()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var plan = tenant.Granted(tenant.Request());
        var extended = tenant.Admission.Extend(plan with { HeldOutputTokens = 200 })!.Value.Entry!;
        tenant.Book(extended);
        Assert.Equal(1, extended.Extends);
        tenant.Post(extended.Hold, Money.Zero, PostingKind.Suspense);

        Assert.Null(tenant.Admission.Next(tenant.Account.FindHold(extended.Hold)!)!.Value.Entry.Extends);
    }

    [Fact]
    public void A_hold_beside_an_open_one_comes_on_top_of_it_and_is_the_only_one()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var plan = tenant.Granted(tenant.Request());
        var first = tenant.Account.FindHold(plan.Hold)!;

        tenant.Book(tenant.Admission.Next(first)!.Value.Entry);

        Assert.Equal(plan.Held + plan.Held, tenant.Budget().HeldUsd);
        Assert.Null(tenant.Admission.Next(first));
    }

    [Fact]
    public void A_hold_whose_next_one_was_fenced_is_not_renewed()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 1m));
        var hold = tenant.Granted(tenant.Request()).Hold;

        tenant.Post(hold with { Attempt = 2 }, Money.Zero, PostingKind.Void);

        Assert.Null(tenant.Admission.Next(tenant.Account.FindHold(hold)!));
    }

    [Fact]
    public void A_soft_budget_denies_nothing()
    {
        var policy = TestTenant.Policy() with { Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.Zero, Mode = BudgetMode.Soft }] };

        new TestTenant(policy).Granted(new TestTenant(policy).Request());
    }

    private static TenantPolicy WithFallbacks(TenantPolicy policy) => policy with
    {
        Models = new ModelAccess
        {
            Fallbacks = ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("gpt-4.1", ["claude-sonnet-4.5", "deepseek-v3.2"]),
        },
    };
}
