using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Telemetry;

public sealed class TenantInstrumentsTests : IDisposable
{
    private readonly GatewayMeter _meter = new();
    private readonly Measurements _measured;
    private readonly TenantInstruments _instruments;

    public TenantInstrumentsTests()
    {
        _measured = new Measurements(_meter);
        _instruments = new TenantInstruments(_meter, new TenantLabels(new TelemetryOptions { MaxTenants = 2 }));
    }

    public void Dispose()
    {
        _measured.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Of_many_tenants_the_first_have_labels_of_their_own_and_the_others_share_one()
    {
        foreach (var tenant in new[] { "a", "b", "c", "d", "a" }) _instruments.OnDecided(tenant, new ReservationOutcome.Suspended());
        Assert.Equal(
            [("(other)", 2), ("a", 2), ("b", 1)],
            _measured.All.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => (one.Key[(one.Key.IndexOf("tenant=", StringComparison.Ordinal) + 7)..^1], (int)one.Value)));
    }

    [Fact]
    public void Many_at_once_never_get_more_labels_than_there_are()
    {
        var labels = new TenantLabels(new TelemetryOptions { MaxTenants = 10 });
        Parallel.For(0, 2_000, i => labels.Of($"t{i % 100}"));
        Assert.Equal(10, Enumerable.Range(0, 100).Select(i => labels.Of($"t{i}")).Distinct().Count(label => label != MetricLabels.OtherTenants));
    }

    [Fact]
    public void Every_outcome_of_an_admission_has_a_word()
    {
        var outcomes = typeof(ReservationOutcome).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(ReservationOutcome)))
            .Select(type => (ReservationOutcome)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type)).ToList();
        foreach (var outcome in outcomes.Where(outcome => outcome is not ReservationOutcome.BudgetSpent)) _instruments.OnDecided("a", outcome);
        Assert.InRange(outcomes.Count, 15, 40);
        Assert.Equal(1, _measured.Of("gateway.admissions{gateway.outcome=granted,gateway.tenant=a}"));
        Assert.Equal(1, _measured.Of("gateway.admissions{gateway.outcome=replayed,gateway.tenant=a}"));
        Assert.Equal(outcomes.Count - 3, _measured.All.Where(one => one.Key.StartsWith("gateway.denials", StringComparison.Ordinal)).Sum(one => (int)one.Value));
    }

    [Fact]
    public void A_refusal_says_whose_limit_it_was_and_never_its_name()
    {
        var tenant = new TestTenant(TestTenant.Policy(monthlyUsd: 0.000001m));
        _instruments.OnDecided("acme", tenant.Reserve(tenant.Request()));
        Assert.Equal(1, _measured.Of("gateway.denials{gateway.reason=budget_spent,gateway.scope=tenant,gateway.tenant=acme}"));
        _instruments.OnDecided("acme", new ReservationOutcome.RateLimited("user:ann", QuotaKind.TokensPerMinute, 1, default, default));
        _instruments.OnDecided("acme", new ReservationOutcome.RateLimited("key:k_1", QuotaKind.ConcurrentRequests, 1, default, default));
        Assert.Equal(1, _measured.Of("gateway.denials{gateway.reason=tokens_per_minute,gateway.scope=user,gateway.tenant=acme}"));
        Assert.Equal(1, _measured.Of("gateway.denials{gateway.reason=concurrent_requests,gateway.scope=key,gateway.tenant=acme}"));
    }

    [Fact]
    public void A_holds_life_is_counted_as_it_is_booked()
    {
        var tenant = new TestTenant();
        _instruments.OnLoaded(tenant.Account);
        var first = tenant.Granted(tenant.Request()).Hold;
        tenant.Granted(tenant.Request());
        tenant.Post(first, Money.FromUsd(0.001m), usage: new TokenUsage(7, 5));
        foreach (var entry in tenant.Entries) _instruments.OnAppended("acme", entry);
        _measured.Observe();

        Assert.Equal(2, _measured.Of("gateway.holds{gateway.kind=first}"));
        Assert.Equal(1, _measured.Of("gateway.postings{gateway.kind=posted,gateway.outcome=ok}"));
        Assert.Equal(
            (7, 5),
            (_measured.Of("gateway.tenant.tokens{gateway.tenant=acme,gen_ai.token.type=input}"),
                _measured.Of("gateway.tenant.tokens{gateway.tenant=acme,gen_ai.token.type=output}")));
        var (charged, absorbed) = (0L, 0L);
        foreach (var posted in tenant.Entries.OfType<BookEntry.Posted>()) (charged, absorbed) = (charged + posted.Cost.NanoDollars, absorbed + posted.Absorbed.NanoDollars);
        Assert.Equal(1_000_000, charged + absorbed);
        Assert.Equal(charged, _measured.Of("gateway.cost.invoiced{gateway.tenant=acme,gen_ai.provider.name=holysheep,gen_ai.request.model=gpt-4.1}"));
        Assert.Equal((1, 0), (_measured.Of("gateway.holds.open{gateway.kind=pending}"), _measured.Of("gateway.holds.open{gateway.kind=suspense}")));

        _instruments.OnUnloaded(tenant.Account);
        _measured.Observe();
        Assert.Equal(0, _measured.Of("gateway.holds.open{gateway.kind=pending}"));
        Labels.AreOfTheTable(_measured);
    }
}
