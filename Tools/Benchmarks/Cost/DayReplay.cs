namespace OrleansGateway.Benchmarks;

/// <summary>A day sent through the gateway's own admission, routing and prices, each request answered by the first target of its plan and posted.</summary>
internal sealed class DayReplay
{
    private const string KeyId = "k_replay";

    private static readonly DateTimeOffset Midnight = new(2026, 1, 15, 0, 0, 0, TimeSpan.Zero);

    private readonly SimulatedClock _time = new(Midnight);
    private readonly TenantAccount _account;
    private readonly Admission _admission;
    private readonly Dictionary<string, (long Requests, long Tokens, Money Cost)> _models = new(StringComparer.Ordinal);
    private long _entries;

    private DayReplay(ModelAccess models, Money dayLimit)
    {
        var catalog = CatalogBuilder.Build(new CatalogOptions(), new ProvidersOptions(), "holysheep");
        _account = new TenantAccount(_time);
        var health = new UpstreamHealth(new PoolTime(_time));
        _admission = new Admission(_account, () => catalog, new HopOrder(new Random(1), health), health, new TenantOptions(), _time);
        Book(new BookEntry.PolicySet
        {
            At = Midnight,
            Version = 1,
            Policy = new TenantPolicy { Id = "replay", Models = models, Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = dayLimit, Mode = BudgetMode.Soft }] },
        });
        Book(new BookEntry.KeySet { At = Midnight, Key = new ApiKeyRecord { Id = KeyId, Hash = ApiKeyHash.Of("sk-gw-replay"), CreatedAt = Midnight, Policy = new ScopePolicy() } });
    }

    /// <summary>What the day cost, as the tenant's budget counted it.</summary>
    public Money Cost { get; private set; }

    /// <summary>By model: requests, tokens, cost.</summary>
    public IReadOnlyDictionary<string, (long Requests, long Tokens, Money Cost)> Models => _models;

    /// <summary>Replays a day.</summary>
    /// <param name="work">Its requests.</param>
    /// <param name="model">The model that all of them name.</param>
    /// <param name="models">The tenant's policy.</param>
    /// <param name="dayLimit">The tenant's soft budget for the day; a rule may degrade by it.</param>
    public static DayReplay Of(IEnumerable<WorkItem> work, string model, ModelAccess? models = null, Money? dayLimit = null)
    {
        var replay = new DayReplay(models ?? new ModelAccess(), dayLimit ?? Money.FromUsd(1_000));
        var number = 0;
        foreach (var item in work) replay.Serve(item, model, ++number);
        var budget = replay._admission.Report(replay._account.ScopesOf(KeyId, null)).Budgets.Single();
        replay.Cost = budget.SettledUsd + budget.AbsorbedUsd;
        return replay;
    }

    private void Serve(WorkItem item, string model, int number)
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        var (outcome, held, _) = _admission.Decide(new ReservationRequest
        {
            Hold = new HoldId($"req_{number}", 1),
            KeyId = KeyId,
            Model = model,
            InputBytes = item.Bytes,
            OutputTokens = item.OutputLimit,
            Task = item.Task,
        });
        if (outcome is not ReservationOutcome.Granted { Plan: var plan }) throw new InvalidOperationException($"Request {number} was refused: {outcome}.");
        Book(held!);

        var target = plan.Targets[0];
        var usage = new TokenUsage(item.InputTokens, item.OutputTokens);
        var cost = target.Price.CostOf(usage);
        var posting = new Posting
        {
            Hold = plan.Hold,
            Kind = PostingKind.Posted,
            Provider = target.Provider,
            Model = target.Model,
            Usage = usage,
            Cost = cost,
            PriceVersion = target.Price.Version,
            Outcome = "ok",
        };
        Book(PostingRules.Decide(_account, posting, _time.GetUtcNow())!);
        var (requests, tokens, spent) = _models.GetValueOrDefault(target.Model);
        _models[target.Model] = (requests + 1, tokens + usage.Total, spent + cost);
    }

    private void Book(BookEntry entry) => _account.Apply(entry, ++_entries);
}
