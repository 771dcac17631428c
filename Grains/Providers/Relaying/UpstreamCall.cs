namespace OrleansGateway;

/// <summary>
/// One request on its way through the pool, on one hold: what it may do still, and what it has done. One flow at a time works on it. Two things are seen by
/// a second one, and are safe for it: the plan, which a stream's extension replaces beside the reading, and the attempts, which whoever makes
/// a second call beside a slow one counts while the first lasts.
/// </summary>
internal sealed class UpstreamCall(ProviderPlan plan, UpstreamRequest request, IChunkSink? sink, PoolTime time)
{
    private const int MostRetries = 2;

    // Whether a second call may be made beside this one, was, or may not any more: a failure and a second call come from different threads.
    private const int Alone = 0;
    private const int Hedged = 1;
    private const int AloneForGood = 2;

    /// <summary>Kept free before the hold's own deadline, to book what happened.</summary>
    private static readonly TimeSpan BookingTime = TimeSpan.FromSeconds(30);

    private readonly string _askedFor = plan.AskedModel ?? plan.Targets[0].Model;
    private readonly string? _route = plan.Route;
    private readonly PlanTarget _first = plan.Targets[0];
    private volatile ProviderPlan _plan = plan;
    private string? _passedOver;
    private int _attempts;
    private int _company;

    /// <summary>A time stamp of when it came.</summary>
    public long StartedAt { get; private init; } = time.GetTimestamp();

    /// <summary>The plan in force: renewed after an attempt of unknown outcome. It is replaced as a whole, and never while <see cref="TryHedge"/> holds.</summary>
    public ProviderPlan Plan => _plan;

    public UpstreamRequest Request { get; } = request;

    /// <summary>Where a stream goes; null when the answer comes whole.</summary>
    public IChunkSink? Sink { get; } = sink;

    /// <summary>What the tenant's limits have left: a stream's head tells it.</summary>
    public RateLimitSnapshot Limits { get; init; }

    /// <summary>Tells that the caller has gone.</summary>
    public CancellationToken Gone { get; init; }

    /// <summary>What was called last; before the first attempt what is to be called first.</summary>
    public PlanTarget Tried { get; private set; } = plan.Targets[0];

    /// <summary>Attempts that were begun, with the one beside this call when there is one.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>The failure for which the upstream may have charged the present hold already; null while it is clean.</summary>
    public AttemptOutcome.Failed? TaintedBy { get; private set; }

    public bool MayRetry => Retries < MostRetries && Volatile.Read(ref _company) != Hedged;

    public int Retries { get; private set; }

    /// <summary>When every attempt must have ended, in the pool's time.</summary>
    public DateTimeOffset EndsAt { get; private set; } = EndOf(plan, time);

    /// <summary>Who answers, as the caller is told.</summary>
    /// <param name="target">Whoever does.</param>
    /// <param name="fallback">Why it does in place of the first one; null when it is the first.</param>
    public AnsweredBy By(PlanTarget target, string? fallback) => new(target.Provider, target.Model, Attempts, target.Model != _askedFor, Route.Join(_route, fallback));

    /// <summary>Turns to the next target.</summary>
    public AimedCall Aim(PlanTarget target, UpstreamClient client, TargetHealth health, bool hasAnother)
    {
        health.Retries.OnRequest();
        // The first may come again, after it rested: then nothing stands in its place.
        return new AimedCall(this, target, client, health, hasAnother, target.IsSameAs(_first) ? null : _passedOver);
    }

    /// <summary>Takes note of why the next target answers in place of this one.</summary>
    public void PassOver(AttemptOutcome.Failed why) => _passedOver = Route.FallbackFor(why.NeedsRoom ? "context_length" : why.Word);

    /// <summary>An attempt begins; gives its number.</summary>
    public int Begin(PlanTarget target)
    {
        Tried = target;
        return Interlocked.Increment(ref _attempts);
    }

    /// <summary>Takes note of a failure, and of the retry that follows it.</summary>
    public void Note(AttemptOutcome.Failed failed)
    {
        if (failed.Billing == Billing.Unknown) TaintedBy = failed;
        if (failed.RetryIn is not null) Retries++;
    }

    /// <summary>
    /// Lets a second call be made beside this one, which is then not retried; false when it has failed, or has one already. Of its attempt and of who calls
    /// this the first decides, so the one does not go on to another hold while the other looks at the plan.
    /// </summary>
    public bool TryHedge() => Interlocked.CompareExchange(ref _company, Hedged, Alone) == Alone;

    /// <summary>The call stays alone after all.</summary>
    public void StayAlone() => Volatile.Write(ref _company, AloneForGood);

    /// <summary>A failure comes: no second call is made from here on.</summary>
    public void FailAlone() => Interlocked.CompareExchange(ref _company, AloneForGood, Alone);

    /// <summary>The second call beside this one, on a hold of its own. It goes on where this one ends, so it is the last of its request.</summary>
    public AimedCall Hedge(ProviderPlan plan, PlanTarget target, UpstreamClient client, TargetHealth health)
    {
        var hedge = new UpstreamCall(plan, Request, Sink, time)
        {
            StartedAt = StartedAt,
            Gone = Gone,
            _attempts = Interlocked.Increment(ref _attempts) - 1,
            _company = AloneForGood,
        };
        return new AimedCall(hedge, target, client, health, hasAnother: plan.Targets[^1] != target, "hedge");
    }

    /// <summary>Takes the hold that was enlarged because its stream goes on.</summary>
    public void Extend(ProviderPlan extended) => _plan = extended;

    /// <summary>Takes a new hold in place of a tainted one.</summary>
    public void Renew(ProviderPlan renewed)
    {
        _plan = renewed;
        EndsAt = EndOf(renewed, time);
        TaintedBy = null;
    }

    // The tenant's clock may be another silo's.
    private static DateTimeOffset EndOf(ProviderPlan plan, PoolTime time) =>
        (plan.Life > TimeSpan.Zero ? time.GetUtcNow() + plan.Life : plan.Deadline) - BookingTime;
}
