namespace OrleansGateway.Tests.TestKit;

/// <summary>Books that remember what they were told, and fail on demand.</summary>
internal sealed class FakeHolds : IHolds
{
    public List<Posting> Postings { get; } = [];

    public List<Posting> Suspended { get; } = [];

    public int PostCalls { get; private set; }

    /// <summary>What the next calls of Post fail with, in order.</summary>
    public Queue<Exception> PostFailures { get; } = new();

    /// <summary>What every call of Post fails with while it is set.</summary>
    public Exception? PostAlwaysFails { get; set; }

    /// <summary>What the next calls of Renew fail with, in order.</summary>
    public Queue<Exception> RenewFailures { get; } = new();

    /// <summary>Whether the budgets cover another hold.</summary>
    public bool CoversRenewal { get; set; } = true;

    /// <summary>The holds beside which another one was asked for.</summary>
    public List<HoldId> Hedges { get; } = [];

    /// <summary>What the next calls of Hedge fail with, in order.</summary>
    public Queue<Exception> HedgeFailures { get; } = new();

    /// <summary>Whether the budgets cover a hold beside the first.</summary>
    public bool CoversHedge { get; set; } = true;

    /// <summary>What a renewed plan differs by.</summary>
    public Func<ProviderPlan, ProviderPlan> Renewed { get; set; } = plan => plan;

    public Action? OnPost { get; set; }

    /// <summary>What each extension asked for covers, in order; those after it are refused.</summary>
    public Queue<Func<ProviderPlan, Task<ProviderPlan?>>> Extensions { get; } = new();

    public List<ProviderPlan> Extended { get; } = [];

    /// <summary>What a tenant says to who asks for a hold.</summary>
    public Func<ReservationRequest, ReservationOutcome>? Decide { get; set; }

    /// <summary>What the next calls of Reserve fail with, in order.</summary>
    public Queue<Exception> ReserveFailures { get; } = new();

    public async Task<ReservationOutcome> ReserveAsync(string tenantId, ReservationRequest request)
    {
        await Reserving;
        if (ReserveFailures.TryDequeue(out var failure)) throw failure;
        return Decide?.Invoke(request) ?? throw new NotSupportedException();
    }

    /// <summary>What every reservation waits for.</summary>
    public Task Reserving { get; set; } = Task.CompletedTask;

    /// <summary>What the store does before it looks at a posting.</summary>
    public Func<Posting, Task> BeforePost { get; set; } = _ => Task.CompletedTask;

    public async Task<PostingReceipt> PostAsync(string tenantId, Posting posting)
    {
        await BeforePost(posting);
        return await PostOnceAsync(posting);
    }

    private Task<PostingReceipt> PostOnceAsync(Posting posting)
    {
        PostCalls++;
        if (PostAlwaysFails is not null) return Task.FromException<PostingReceipt>(PostAlwaysFails);
        if (PostFailures.TryDequeue(out var failure)) return Task.FromException<PostingReceipt>(failure);
        OnPost?.Invoke();
        Postings.Add(posting);
        return Task.FromResult(OrleansGateway.Postings.ExpectedReceipt(posting, Money.FromUsd(1)));
    }

    public Task<ProviderPlan?> ExtendAsync(ProviderPlan plan)
    {
        Extended.Add(plan);
        return Extensions.TryDequeue(out var answer) ? answer(plan) : Task.FromResult<ProviderPlan?>(null);
    }

    /// <summary>What the store does before it confirms a second call's hold.</summary>
    public Func<Task> BeforeHedge { get; set; } = () => Task.CompletedTask;

    public async Task<ProviderPlan?> HedgeAsync(ProviderPlan plan)
    {
        await BeforeHedge();
        return await HedgeOnceAsync(plan);
    }

    private Task<ProviderPlan?> HedgeOnceAsync(ProviderPlan plan)
    {
        if (HedgeFailures.TryDequeue(out var failure)) return Task.FromException<ProviderPlan?>(failure);
        Hedges.Add(plan.Hold);
        return Task.FromResult(CoversHedge ? Renewed(plan with { Hold = plan.Hold with { Attempt = plan.Hold.Attempt + 1 } }) : null);
    }

    public Task<ProviderPlan?> RenewAsync(ProviderPlan plan, Posting suspense)
    {
        if (RenewFailures.TryDequeue(out var failure)) return Task.FromException<ProviderPlan?>(failure);
        Suspended.Add(suspense);
        return Task.FromResult(CoversRenewal ? Renewed(plan with { Hold = plan.Hold with { Attempt = plan.Hold.Attempt + 1 } }) : null);
    }
}
