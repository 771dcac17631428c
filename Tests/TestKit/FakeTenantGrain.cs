using System.Collections.Immutable;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Admits everything, unless told otherwise.</summary>
internal sealed class FakeTenantGrain
{
    public ITenantGrain Grain => new Skin(this);

    public static readonly PriceCard Price = new()
    {
        Version = "2026-01-01",
        EffectiveFrom = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        InputUsdPerMillion = Money.FromUsd(2),
        OutputUsdPerMillion = Money.FromUsd(8),
    };

    public Func<ReservationRequest, ReservationOutcome>? Decide { get; set; }

    public RateLimitSnapshot Limits { get; set; }

    public ImmutableArray<CatalogModel> Offer { get; set; } = [];

    public QuotaReport? Report { get; set; }

    public Dictionary<string, RequestReport> Requests { get; } = [];

    /// <summary>Awaited by every look-up before it answers.</summary>
    public Func<Task>? Finding { get; set; }

    public List<ReservationRequest> Reserved { get; } = [];

    public List<Posting> Posted { get; } = [];

    /// <summary>What the next postings fail with, in order.</summary>
    public Queue<Exception> PostFailures { get; } = new();

    public Task<ReservationOutcome> Reserve(ReservationRequest request)
    {
        Reserved.Add(request);
        try
        {
            return Task.FromResult(Decide?.Invoke(request) ?? Grant(request));
        }
        catch (Exception e)
        {
            return Task.FromException<ReservationOutcome>(e);
        }
    }

    public ReservationOutcome Grant(ReservationRequest request) => new ReservationOutcome.Granted(
        new ProviderPlan
        {
            TenantId = "acme",
            Hold = request.Hold,
            Held = Money.FromUsd(0.01m),
            Deadline = DateTimeOffset.MaxValue,
            InputTokens = request.InputBytes,
            OutputTokens = request.OutputTokens ?? 4096,
            CapOutput = request.OutputTokens is null,
            Choices = request.Choices,
            Targets = [new PlanTarget("simulator", request.Model ?? "gpt-4.1", "gpt-4.1", Price, 32_768)],
        },
        Limits);

    public Task<PostingReceipt> Post(Posting posting)
    {
        if (PostFailures.TryDequeue(out var failure)) return Task.FromException<PostingReceipt>(failure);
        Posted.Add(posting);
        return Task.FromResult(default(PostingReceipt));
    }

    // Private, so that no silo of a cluster test takes it for a grain class.
    private sealed class Skin(FakeTenantGrain fake) : ITenantGrain
    {
        public Task<ReservationOutcome> Reserve(ReservationRequest request) => fake.Reserve(request);

        public Task<PostingReceipt> Post(Posting posting) => fake.Post(posting);

        public Task<QuotaReport> Quota(string? keyId, string? user) =>
            fake.Report is { } report ? Task.FromResult(report) : Task.FromException<QuotaReport>(new StoreUnavailableException("no report"));

        public Task<ImmutableArray<CatalogModel>> Models(string keyId) => Task.FromResult(fake.Offer);

        public Task<ProviderPlan?> Renew(ProviderPlan plan, Posting suspense) => throw new NotSupportedException();

        public Task<ProviderPlan?> Extend(ProviderPlan plan) => throw new NotSupportedException();

        public Task<ProviderPlan?> Hedge(ProviderPlan plan) => throw new NotSupportedException();

        public async Task<RequestReport?> FindRequest(string requestId)
        {
            if (fake.Finding is { } finding) await finding();
            return fake.Requests.GetValueOrDefault(requestId);
        }

        public Task<LedgerPage> Ledger(DateTimeOffset? from, DateTimeOffset? until, string? cursor, int limit) => throw new NotSupportedException();
    }
}
