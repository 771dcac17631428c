using System.Globalization;

namespace OrleansGateway.Benchmarks;

/// <summary>A tenant's account and admission without a grain around them.</summary>
internal sealed class BenchmarkTenant
{
    private const string KeyId = "k_00000001";

    private readonly TenantAccount _account = new(TimeProvider.System);
    private readonly Admission _admission;
    private long _entries;
    private long _requests;

    public BenchmarkTenant(QuotaLimits? limits = null, params BudgetPolicy[] budgets)
    {
        var catalog = CatalogBuilder.Build(new CatalogOptions(), new ProvidersOptions(), "holysheep");
        var health = new UpstreamHealth(new PoolTime(TimeProvider.System));
        _admission = new Admission(_account, () => catalog, new HopOrder(new Random(1), health), health, new TenantOptions(), TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        Book(new BookEntry.PolicySet { At = now, Version = 1, Policy = new TenantPolicy { Id = "benchmark", Limits = limits ?? QuotaLimits.None, Budgets = [.. budgets] } });
        Book(new BookEntry.KeySet { At = now, Key = new ApiKeyRecord { Id = KeyId, Hash = ApiKeyHash.Of("sk-gw-benchmark"), CreatedAt = now, Policy = new ScopePolicy() } });
    }

    /// <summary>Decides on a request that nobody has asked yet; the account is as before.</summary>
    public ReservationOutcome.Granted Granted() => Decide().Granted;

    /// <summary>An entry such as each request books before its upstream is called.</summary>
    public BookEntry.Held Held() => Decide().Entry;

    /// <summary>A request's two entries, decided and applied; how many the account has seen.</summary>
    public long HoldAndPost()
    {
        var (granted, entry) = Decide();
        Book(entry);
        var target = granted.Plan.Targets[0];
        var posting = new Posting
        {
            Hold = granted.Plan.Hold,
            Kind = PostingKind.Posted,
            Provider = target.Provider,
            Model = target.Model,
            Usage = new TokenUsage(220, 150),
            Cost = Money.FromUsd(0.00164m),
            PriceVersion = target.Price.Version,
            Outcome = "ok",
        };
        Book(PostingRules.Decide(_account, posting, TimeProvider.System.GetUtcNow())!);
        return _entries;
    }

    private (ReservationOutcome.Granted Granted, BookEntry.Held Entry) Decide()
    {
        var (outcome, entry, _) = _admission.Decide(new ReservationRequest
        {
            Hold = new HoldId(string.Create(CultureInfo.InvariantCulture, $"req_{++_requests:D22}"), 1),
            KeyId = KeyId,
            Model = "gpt-4.1",
            InputBytes = 900,
            OutputTokens = 200,
        });
        return outcome is ReservationOutcome.Granted granted ? (granted, entry!) : throw new InvalidOperationException($"Not admitted: {outcome}");
    }

    private void Book(BookEntry entry) => _account.Apply(entry, ++_entries);
}
