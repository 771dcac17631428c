using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.TestKit;

/// <summary>
/// The grains that the control plane calls, in memory. They are private so that no silo of a cluster test takes them for grain classes.
/// </summary>
internal sealed class FakeAdminGrains(FakeTimeProvider time) : NoGrains
{
    private readonly SortedDictionary<string, Tenant> _tenants = new(StringComparer.Ordinal);

    public FakeTimeProvider Time => time;

    public FakeOperatorGrain Operator { get; } = new();

    public ModelCatalog Catalog { get; set; } = FakeAdminCatalog.Create();

    /// <summary>What every tenant call throws.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Runs before a change is compared with its version: what another operator does meanwhile.</summary>
    public Action<Tenant>? Meanwhile { get; set; }

    public List<LedgerEntry> Ledger { get; } = [];

    /// <summary>Runs before each page of the ledger is read.</summary>
    public Action? BeforeLedgerPage { get; set; }

    public Dictionary<string, RequestReport> Requests { get; } = [];

    /// <summary>The last entry of the ledger that can still be read.</summary>
    public long FailLedgerAfter { get; set; } = long.MaxValue;

    public (string? Key, string? User)? QuotaAsked { get; private set; }

    /// <summary>Tenants' books, from which their usage is summed.</summary>
    public InMemoryBook Books { get; } = new();

    public FakeUsageGrains Usage => field ??= new FakeUsageGrains(Books, time);

    public int CallsToUnknownTenants { get; private set; }

    public Tenant this[string id] => _tenants[id];

    public override TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null) =>
        typeof(TGrainInterface) == typeof(IUsageGrain) ? (TGrainInterface)Usage.Of(primaryKey)
        : (TGrainInterface)(object)(typeof(TGrainInterface) == typeof(IWebhookGrain) ? new Webhooks(this) : new TenantGrain(this, primaryKey));

    public override TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null) =>
        (TGrainInterface)(typeof(TGrainInterface) == typeof(IOperatorGrain) ? Operator.Grain : (object)new Lists(this));

    /// <summary>One tenant's state.</summary>
    internal sealed class Tenant
    {
        public required TenantRecord Record { get; set; }

        public List<ApiKeyRecord> Keys { get; } = [];

        public BookStatus Book { get; set; } = new() { State = BookState.Ok, Known = 1, Found = 1 };

        public Dictionary<string, Adjustment> Adjustments { get; } = [];

        public void Replace(ApiKeyRecord key) => Keys[Keys.FindIndex(old => old.Id == key.Id)] = key;
    }

    private sealed class TenantGrain(FakeAdminGrains grains, string id) : ITenantAdminGrain, ITenantVersionGrain, ITenantGrain, ITenantBookGrain
    {
        public Task<BookStatus?> Status() => Task.FromResult(Known()?.Book);

        public Task<BookStatus?> Recheck() => Status();

        public Task<AdminOutcome<BookStatus>> AcceptLoss(string reason, string actor)
        {
            if (Known() is not { } tenant) return Answer<BookStatus>(new AdminOutcome<BookStatus>.NotFound());
            if (tenant.Book.State != BookState.Frozen) return Answer<BookStatus>(new AdminOutcome<BookStatus>.Conflict("not frozen"));
            tenant.Book = new BookStatus { State = BookState.Ok, Recovery = new BookRecovery(Now, tenant.Book.Known, tenant.Book.Found!.Value, "snapshot", reason, actor, null) };
            return Done(tenant.Book);
        }

        private DateTimeOffset Now => grains.Time.GetUtcNow();

        public Task<TenantRecord?> Find() => Task.FromResult(Known()?.Record);

        public Task<AdminOutcome<TenantRecord>> Open(TenantPolicy policy)
        {
            if (Known() is not null) return Answer<TenantRecord>(new AdminOutcome<TenantRecord>.Conflict("exists"));
            var faults = PolicyRules.Check(policy, grains.Catalog);
            if (faults.Length > 0) return Answer<TenantRecord>(new AdminOutcome<TenantRecord>.Invalid(faults));
            grains._tenants[id] = new Tenant { Record = new TenantRecord(policy, 1, Now, Now) };
            return Done(grains._tenants[id].Record);
        }

        public Task<AdminOutcome<TenantRecord>> Change(TenantPolicy policy, long? ifVersion)
        {
            if (Known() is not { } tenant) return Answer<TenantRecord>(new AdminOutcome<TenantRecord>.NotFound());
            grains.Meanwhile?.Invoke(tenant);
            if (ifVersion is { } version && version != tenant.Record.Version) return Answer<TenantRecord>(new AdminOutcome<TenantRecord>.Conflict("changed"));
            var faults = PolicyRules.CheckChange(tenant.Record.Policy, policy, grains.Catalog);
            if (faults.Length > 0) return Answer<TenantRecord>(new AdminOutcome<TenantRecord>.Invalid(faults));
            tenant.Record = tenant.Record with { Policy = policy, Version = tenant.Record.Version + 1, UpdatedAt = Now };
            return Done(tenant.Record);
        }

        public Task<ImmutableArray<ApiKeyRecord>> Keys() => Task.FromResult<ImmutableArray<ApiKeyRecord>>([.. Known()!.Keys]);

        public Task<AdminOutcome<IssuedApiKey>> IssueKey(ApiKeyChange settings)
        {
            var faults = PolicyRules.CheckKey(settings, Known()!.Record.Policy, grains.Catalog, Now);
            return faults.Length > 0 ? Answer<IssuedApiKey>(new AdminOutcome<IssuedApiKey>.Invalid(faults)) : Done(Issue(settings));
        }

        public Task<AdminOutcome<ApiKeyRecord>> ChangeKey(string keyId, ApiKeyChange change, long? ifVersion)
        {
            grains.Meanwhile?.Invoke(Known()!);
            var key = Known()!.Keys.Single(key => key.Id == keyId);
            if (key.RevokedAt is not null) return Answer<ApiKeyRecord>(new AdminOutcome<ApiKeyRecord>.Conflict("A revoked key cannot be changed."));
            if (ifVersion is { } version && version != key.Version) return Answer<ApiKeyRecord>(new AdminOutcome<ApiKeyRecord>.Conflict("changed"));
            var faults = PolicyRules.CheckKey(change, Known()!.Record.Policy, grains.Catalog, Now);
            if (faults.Length > 0) return Answer<ApiKeyRecord>(new AdminOutcome<ApiKeyRecord>.Invalid(faults));
            key = key with
            {
                Name = change.Name ?? key.Name,
                ExpiresAt = change.ExpiresAt ?? key.ExpiresAt,
                Policy = change.Policy ?? key.Policy,
                AllowModels = change.AllowModels ?? key.AllowModels,
                Version = key.Version + 1,
            };
            Known()!.Replace(key);
            return Done(key);
        }

        public Task<AdminOutcome<ApiKeyRecord>> RevokeKey(string keyId) => RevokeKey(keyId, null);

        public Task<AdminOutcome<ApiKeyRecord>> RevokeKey(string keyId, long? ifVersion)
        {
            grains.Meanwhile?.Invoke(Known()!);
            var key = Known()!.Keys.Single(key => key.Id == keyId);
            if (ifVersion is { } version && version != key.Version) return Answer<ApiKeyRecord>(new AdminOutcome<ApiKeyRecord>.Conflict("changed"));
            if (key.RevokedAt is null) Known()!.Replace(key = key with { RevokedAt = Now, Version = key.Version + 1 });
            return Done(key);
        }

        public Task<AdminOutcome<IssuedApiKey>> RotateKey(string keyId, TimeSpan grace) => RotateKey(keyId, grace, null);

        public Task<AdminOutcome<IssuedApiKey>> RotateKey(string keyId, TimeSpan grace, long? ifVersion)
        {
            grains.Meanwhile?.Invoke(Known()!);
            var old = Known()!.Keys.Single(key => key.Id == keyId);
            if (ifVersion is { } version && version != old.Version) return Answer<IssuedApiKey>(new AdminOutcome<IssuedApiKey>.Conflict("changed"));
            if (old.RevokedAt is not null) return Answer<IssuedApiKey>(new AdminOutcome<IssuedApiKey>.Conflict("A revoked key cannot be rotated."));
            var issued = Issue(new ApiKeyChange { Name = old.Name, ExpiresAt = old.ExpiresAt, Policy = old.Policy, AllowModels = old.AllowModels });
            var until = Now + grace;
            Known()!.Replace(old with { ExpiresAt = old.ExpiresAt < until ? old.ExpiresAt : until, Version = old.Version + 1 });
            return Done(issued);
        }

        public Task<AdminOutcome<Adjustment>> Adjust(Adjustment adjustment) => Adjust(adjustment, null);

        public async Task<AdminOutcome<Adjustment>> Adjust(Adjustment adjustment, long? ifVersion)
        {
            var tenant = Known()!;
            grains.Meanwhile?.Invoke(tenant);
            if (ifVersion is { } version && version != tenant.Record.Version) return new AdminOutcome<Adjustment>.Conflict("changed");
            if (adjustment.Reason == "wrong") return new AdminOutcome<Adjustment>.Invalid([new PolicyFault("reason", "Is wrong.")]);
            if (!tenant.Adjustments.TryGetValue(adjustment.Id, out var booked))
            {
                tenant.Adjustments[adjustment.Id] = booked = adjustment with { At = Now };
                await grains.Books.AppendAsync(id, new BookEntry.Adjusted { At = Now, Adjustment = booked });
            }
            return booked == adjustment with { At = booked.At } ? new AdminOutcome<Adjustment>.Done(booked) : new AdminOutcome<Adjustment>.Conflict("another");
        }

        public Task<QuotaReport> Quota(string? keyId, string? user)
        {
            grains.QuotaAsked = (keyId, user);
            return Task.FromResult(new QuotaReport
            {
                Tenant = id,
                OpenReservations = 3,
                Limits = [new LimitStatus("tenant", QuotaKind.RequestsPerMinute, 600, 598, Now.AddSeconds(12))],
                Budgets =
                [
                    new BudgetStatus
                    {
                        Scope = "tenant",
                        Window = BudgetWindow.Month,
                        Mode = BudgetMode.Hard,
                        LimitUsd = Money.FromUsd(500m),
                        SettledUsd = Money.FromUsd(1.2034m),
                        AbsorbedUsd = Money.Zero,
                        HeldUsd = Money.FromUsd(0.01m),
                        SuspenseUsd = Money.Zero,
                        RemainingUsd = Money.FromUsd(498.7866m),
                        ResetsAt = null,
                    },
                ],
            });
        }

        public Task<LedgerPage> Ledger(DateTimeOffset? from, DateTimeOffset? until, string? cursor, int limit)
        {
            if (grains.Failure is { } failure) throw failure;
            grains.BeforeLedgerPage?.Invoke();
            var after = cursor is null ? 0 : long.Parse(cursor, System.Globalization.CultureInfo.InvariantCulture);
            if (after > grains.FailLedgerAfter) throw new StoreUnavailableException("gone");
            var rest = grains.Ledger.Where(entry => entry.Seq > after && !(entry.At < from) && !(entry.At >= until)).ToList();
            var page = rest.Take(limit).ToImmutableArray();
            return Task.FromResult(new LedgerPage(page, rest.Count > limit ? $"{page[^1].Seq}" : null) { BookCount = grains.Ledger.Count == 0 ? 0 : grains.Ledger[^1].Seq });
        }

        public Task<RequestReport?> FindRequest(string requestId) => Task.FromResult(grains.Requests.GetValueOrDefault(requestId));

        public Task<ReservationOutcome> Reserve(ReservationRequest request) => throw new NotSupportedException();

        public Task<PostingReceipt> Post(Posting posting) => throw new NotSupportedException();

        public Task<ProviderPlan?> Renew(ProviderPlan plan, Posting suspense) => throw new NotSupportedException();

        public Task<ProviderPlan?> Extend(ProviderPlan plan) => throw new NotSupportedException();

        public Task<ProviderPlan?> Hedge(ProviderPlan plan) => throw new NotSupportedException();

        public Task<ImmutableArray<CatalogModel>> Models(string keyId) => throw new NotSupportedException();

        private Tenant? Known()
        {
            if (grains.Failure is { } failure) throw failure;
            if (grains._tenants.TryGetValue(id, out var tenant)) return tenant;
            grains.CallsToUnknownTenants++;
            return null;
        }

        private IssuedApiKey Issue(ApiKeyChange settings)
        {
            var (keyId, secret) = ApiKeySecret.Create();
            var key = new ApiKeyRecord
            {
                Id = keyId,
                Name = settings.Name,
                Hash = ApiKeyHash.Of(secret),
                CreatedAt = Now,
                ExpiresAt = settings.ExpiresAt,
                Policy = settings.Policy ?? new(),
                AllowModels = settings.AllowModels ?? [],
            };
            Known()!.Keys.Add(key);
            return new IssuedApiKey(key, secret);
        }

        private static Task<AdminOutcome<T>> Answer<T>(AdminOutcome<T> outcome) => Task.FromResult(outcome);

        private static Task<AdminOutcome<T>> Done<T>(T value) => Answer<T>(new AdminOutcome<T>.Done(value));
    }

    /// <summary>Deliveries of whichever tenant is asked about.</summary>
    public List<WebhookDelivery> Deliveries { get; } = [];

    private sealed class Webhooks(FakeAdminGrains grains) : IWebhookGrain
    {
        Task<ImmutableArray<WebhookDelivery>> IWebhookGrain.Deliveries(DeliveryStatus? status, long? before, int limit) => Task.FromResult<ImmutableArray<WebhookDelivery>>(
            [.. grains.Deliveries.Where(d => (status is null || d.Status == status) && (before is null || d.Number < before)).OrderByDescending(d => d.Number).Take(limit)]);

        public Task<WebhookDelivery?> Redeliver(string deliveryId) => Task.FromResult(grains.Deliveries.Find(d => d.Id == deliveryId));

        public Task<ImmutableArray<WebhookAnswer>> Test() =>
            Task.FromResult<ImmutableArray<WebhookAnswer>>(
                [new("https://hooks.example/", 204, null), new("https://b.example/", null, "No answer within 00:00:10.")]);
    }

    private sealed class Lists(FakeAdminGrains grains) : ITenantIndexGrain, ICatalogGrain, ICatalogKeeperGrain
    {
        public Task Add(string tenantId) => throw new NotSupportedException();

        public Task Restore(string tenantId) => throw new NotSupportedException();

        public Task<ImmutableArray<string>> Page(string? after, int limit) => Task.FromResult<ImmutableArray<string>>(
            [.. grains._tenants.Keys.Where(id => string.CompareOrdinal(id, after) > 0).Take(limit)]);

        public Task<CatalogNews> News(long revision) => throw new NotSupportedException();

        public Task Learn(ImmutableDictionary<string, ImmutableArray<string>> listed) => throw new NotSupportedException();

        public Task<AdminOutcome<ModelCatalog>> Replace(CatalogEntries entries, string? ifVersion)
        {
            if (ifVersion is not null && ifVersion != grains.Catalog.Version)
                return Task.FromResult<AdminOutcome<ModelCatalog>>(new AdminOutcome<ModelCatalog>.Conflict("changed"));
            var providers = new ProvidersOptions { Providers = { ["holysheep"] = new ProviderOptions() } };
            if (CatalogRules.Check(entries, grains.Catalog, grains.Catalog, [], providers) is { IsEmpty: false } faults)
                return Task.FromResult<AdminOutcome<ModelCatalog>>(new AdminOutcome<ModelCatalog>.Invalid(faults));
            grains.Catalog = new ModelCatalog { Version = "replaced", Models = entries.Models.ToImmutableDictionary(model => model.Id), Aliases = entries.Aliases };
            return Task.FromResult<AdminOutcome<ModelCatalog>>(new AdminOutcome<ModelCatalog>.Done(grains.Catalog));
        }

        public Task<ModelCatalog> Current() => grains.Failure is { } failure ? throw failure : Task.FromResult(grains.Catalog);
    }
}
