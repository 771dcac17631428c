namespace OrleansGateway;

/// <summary>One request on its way through the pool: what it may do still, and what it has done.</summary>
internal sealed class UpstreamCall(ProviderPlan plan, UpstreamRequest request, IChunkSink? sink)
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
    private string? _passedOver;
    private string? _fallback;
    private AttemptOutcome.Failed? _last;
    private PlanTarget? _hedge;
    private int _company;

    /// <summary>A time stamp of when it came.</summary>
    public long StartedAt { get; init; }

    /// <summary>The plan in force: renewed after an attempt of unknown outcome.</summary>
    public ProviderPlan Plan { get; private set; } = plan;

    public UpstreamRequest Request { get; } = request;

    /// <summary>Where a stream goes; null when the answer comes whole.</summary>
    public IChunkSink? Sink { get; } = sink;

    /// <summary>What the tenant's limits have left: a stream's head tells it.</summary>
    public RateLimitSnapshot Limits { get; init; }

    /// <summary>Tells that the caller has gone.</summary>
    public CancellationToken Gone { get; init; }

    /// <summary>What is to be called.</summary>
    public PlanTarget Target { get; private set; } = plan.Targets[0];

    /// <summary>What was called last.</summary>
    public PlanTarget Tried { get; private set; } = plan.Targets[0];

    /// <summary>The target's connections.</summary>
    public UpstreamClient Client { get; private set; } = null!;

    /// <summary>How the target fares.</summary>
    public TargetHealth Health { get; private set; } = null!;

    /// <summary>Whether the plan has another target that may be called.</summary>
    public bool HasAnother { get; private set; }

    /// <summary>The key that was used last.</summary>
    public KeyLane Lane { get; private set; } = null!;

    public int Attempts { get; private set; }

    /// <summary>The attempt under way as it is measured; null before the first.</summary>
    public AttemptMeasure? Measure { get; set; }

    /// <summary>Whether the upstream may have charged for the present hold already.</summary>
    public bool HoldIsTainted { get; private set; }

    public bool MayRetry => Retries < MostRetries && Volatile.Read(ref _company) != Hedged;

    public int Retries { get; private set; }

    /// <summary>When every attempt must have ended.</summary>
    public DateTimeOffset EndsAt => Plan.Deadline - BookingTime;

    /// <summary>The failure that came last, when there was one.</summary>
    public AttemptOutcome.Failed Last => _last ?? throw new InvalidOperationException("No attempt has failed.");

    /// <summary>The output limit that the target is sent because the caller set none.</summary>
    public int? OutputLimit => Plan.CapOutput && Request.Api.Kind() == ModelKind.Chat ? Math.Min(Plan.OutputTokens, Target.MaxOutputTokens) : null;

    /// <summary>Who answers, as the caller is told.</summary>
    public AnsweredBy By => new(Target.Provider, Target.Model, Attempts, Target.Model != _askedFor, Route.Join(_route, _fallback));

    /// <summary>Turns to the next target.</summary>
    public void Aim(PlanTarget target, UpstreamClient client, TargetHealth health, bool hasAnother)
    {
        // The first may come again, after it rested: then nothing stands in its place.
        var isFirst = target.Provider == _first.Provider && target.Model == _first.Model;
        (Target, Client, Health, HasAnother, _fallback) = (target, client, health, hasAnother, isFirst ? null : _passedOver);
        health.Retries.OnRequest();
    }

    /// <summary>Takes note of why the next target answers in place of this one.</summary>
    public void PassOver(AttemptOutcome.Failed why) => _passedOver = Route.FallbackFor(why.NeedsRoom ? "context_length" : why.Word);

    /// <summary>Another call of the target begins, with one of its keys.</summary>
    public void Begin(KeyLane lane)
    {
        Lane = lane;
        Tried = Target;
        Attempts++;
    }

    /// <summary>Takes note of a failure, and of the retry that follows it.</summary>
    public void Note(AttemptOutcome.Failed failed)
    {
        _last = failed;
        HoldIsTainted |= failed.Billing == Billing.Unknown;
        if (failed.RetryIn is not null) Retries++;
    }

    /// <summary>Lets a second call be made beside this one, which is then not retried; false when it has failed, or has one already.</summary>
    public bool TryHedge() => Interlocked.CompareExchange(ref _company, Hedged, Alone) == Alone;

    /// <summary>The call stays alone after all.</summary>
    public void StayAlone() => Volatile.Write(ref _company, AloneForGood);

    /// <summary>A failure comes: no second call is made from here on.</summary>
    public void FailAlone() => Interlocked.CompareExchange(ref _company, AloneForGood, Alone);

    /// <summary>The second call beside this one, on a hold of its own. It goes on where this one ends, so it is the last of its request.</summary>
    public UpstreamCall Hedge(ProviderPlan plan, PlanTarget target, UpstreamClient client, TargetHealth health, bool hasAnother)
    {
        var hedge = new UpstreamCall(plan, Request, Sink)
        {
            StartedAt = StartedAt,
            Gone = Gone,
            Target = target,
            Client = client,
            Health = health,
            HasAnother = hasAnother,
            Attempts = Attempts,
            _fallback = "hedge",
            _hedge = target,
            _company = AloneForGood,
        };
        Attempts++;
        return hedge;
    }

    /// <summary>Whether a target was called beside the first one.</summary>
    public bool WasHedgedAt(PlanTarget target) => _hedge?.Provider == target.Provider && _hedge.Model == target.Model;

    /// <summary>Takes the hold that was enlarged because its stream goes on.</summary>
    public void Extend(ProviderPlan extended) => Plan = extended;

    /// <summary>Takes a new hold in place of a tainted one; false when it does not cover the target.</summary>
    public bool TryRenew(ProviderPlan renewed)
    {
        Plan = renewed;
        HoldIsTainted = false;
        foreach (var target in renewed.Targets)
        {
            if (target.Provider != Target.Provider || target.Model != Target.Model) continue;
            Target = target;
            return true;
        }
        return false;
    }
}
