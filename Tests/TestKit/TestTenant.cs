using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.TestKit;

/// <summary>A tenant's account and admission with a fake clock and no grain, for rules to be tested in microseconds.</summary>
internal sealed class TestTenant
{
    public const string KeyId = "k_00000001";
    private static readonly DateTimeOffset Noon = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    private int _requests;

    public TestTenant(TenantPolicy? policy = null, ModelCatalog? catalog = null, ScopePolicy? keyPolicy = null, DateTimeOffset? start = null)
    {
        Time = new FakeTimeProvider(start ?? Noon);
        Catalog = catalog ?? CatalogBuilder.Build(new CatalogOptions(), new ProvidersOptions(), "holysheep");
        Account = new TenantAccount(Time);
        Health = new UpstreamHealth(new PoolTime(Time));
        Admission = TestBooks.Admission(Account, () => Catalog, Time, Health);
        Book(new BookEntry.PolicySet { At = Now, Policy = policy ?? Policy(), Version = 1 });
        Book(new BookEntry.KeySet { At = Now, Key = Key(keyPolicy) });
    }

    public FakeTimeProvider Time { get; }

    public DateTimeOffset Now => Time.GetUtcNow();

    public TenantAccount Account { get; }

    public UpstreamHealth Health { get; }

    public Admission Admission { get; }

    public ModelCatalog Catalog { get; set; }

    /// <summary>Every entry applied so far: the book.</summary>
    public List<BookEntry> Entries { get; } = [];

    public static TenantPolicy Policy(decimal? monthlyUsd = null, QuotaLimits? limits = null) => new()
    {
        Id = "acme",
        Limits = limits ?? QuotaLimits.None,
        Budgets = monthlyUsd is { } usd ? [new BudgetPolicy { Window = BudgetWindow.Month, LimitUsd = Money.FromUsd(usd) }] : [],
    };

    public static ApiKeyRecord Key(ScopePolicy? policy = null) => new()
    {
        Id = KeyId,
        Hash = ApiKeyHash.Of("sk-gw-00000001-test"),
        CreatedAt = Noon,
        Policy = policy ?? new ScopePolicy(),
    };

    public void Book(BookEntry entry)
    {
        Entries.Add(entry);
        Account.Apply(entry, Entries.Count);
    }

    public ReservationRequest Request(string model = "gpt-4.1", long bytes = 1_000, int? output = 100, string? user = null, int choices = 1) => new()
    {
        Hold = new HoldId($"req_{++_requests}", 1),
        KeyId = KeyId,
        Model = model,
        InputBytes = bytes,
        OutputTokens = output,
        User = user,
        Choices = choices,
    };

    /// <summary>Decides and, on a grant, books the hold.</summary>
    public ReservationOutcome Reserve(ReservationRequest request)
    {
        var (outcome, entry, charge) = Admission.Decide(request);
        if (entry is not null)
        {
            Book(entry);
            Account.FindHold(entry.Hold)!.Charge = charge;
        }
        return outcome;
    }

    public ProviderPlan Granted(ReservationRequest request) => Assert.IsType<ReservationOutcome.Granted>(Reserve(request)).Plan;

    public PostingReceipt? Post(HoldId hold, Money cost, PostingKind kind = PostingKind.Posted, TokenUsage usage = default)
    {
        var posting = new Posting { Hold = hold, Kind = kind, Cost = cost, Usage = usage, Outcome = "ok", Provider = "holysheep", Model = "gpt-4.1" };
        if (PostingRules.Decide(Account, posting, Now) is not { } entry) return null;
        Book(entry);
        return PostingRules.Receipt(entry);
    }

    /// <summary>Books an adjustment unless the rules refuse it; the paths of its faults.</summary>
    public string Adjust(Adjustment adjustment)
    {
        var faults = AdjustmentRules.Check(Account, adjustment, Now);
        if (faults.IsEmpty) Book(new BookEntry.Adjusted { At = Now, Adjustment = adjustment with { At = Now } });
        return string.Join(' ', faults.Select(f => f.Path));
    }

    /// <summary>Thresholds crossed that are still to be handed over.</summary>
    public IReadOnlyList<BudgetThreshold> Alerts => [.. Account.Alerts.Pending.Select(e => e.Threshold!)];

    /// <summary>Books that all pending alerts were handed over.</summary>
    public void HandOverAlerts() => Book(new BookEntry.Alerted { At = Now, Ids = [.. Account.Alerts.Pending.Select(e => e.Id)] });

    public BudgetStatus Budget(BudgetWindow? window = null, string? user = null) =>
        Admission.Report(Account.ScopesOf(KeyId, user)).Budgets.First(b => b.Window == (window ?? BudgetWindow.Month));

    /// <summary>An account that folded the same book from its beginning.</summary>
    public TenantAccount Replayed()
    {
        var account = new TenantAccount(Time);
        for (var i = 0; i < Entries.Count; i++) account.Apply(BookEntry.Parse(new RawEntry(i + 1, Entries[i].ToBytes())), i + 1);
        return account;
    }

    /// <summary>The account's snapshot at this point of the book as it is stored, its end users inside as they once were.</summary>
    public string Snapshot() => JsonSerializer.Serialize(Whole(Account, Entries.Count), BookJson.Default.TenantSnapshot);

    /// <summary>A snapshot with the end users inside.</summary>
    public static TenantSnapshot Whole(TenantAccount account, long seq)
    {
        var core = account.ToSnapshot(seq);
        return core with { Scopes = [.. core.Scopes, .. account.Users.InMemory.Select(user => user.ToState())] };
    }

    /// <summary>An account from a snapshot and the entries after it.</summary>
    public TenantAccount Restored(string json)
    {
        var snapshot = JsonSerializer.Deserialize(json, BookJson.Default.TenantSnapshot)!;
        var account = new TenantAccount(Time);
        account.Restore(snapshot);
        for (var i = (int)snapshot.Seq; i < Entries.Count; i++) account.Apply(Entries[i], i + 1);
        return account;
    }
}
