namespace OrleansGateway.Tests.Properties.Holds;

/// <summary>Where a request stands: it asks for its hold, calls, and ends what it holds.</summary>
internal enum Stage
{
    Asks,
    AsksAgain,
    Releases,
    Refused,
    Calls,
    Posts,
    Voids,
    Renews,
    Extends,
    Hedges,
    VoidsNext,
    Suspends,
    Done,
    Gone,
}

/// <summary>
/// One request on its way, as the pool takes it: what it does next, what it makes of failures, what the upstream billed and
/// what the caller was told.
/// </summary>
internal sealed class Exchange(ReservationRequest request)
{
    private ProviderPlan? _plan;
    private Money _cost;
    private bool _begun;
    private bool _hedged;

    public Stage Stage { get; private set; }

    public HoldId First => request.Hold;

    /// <summary>What the upstream billed, hold by hold.</summary>
    public Dictionary<HoldId, Money> Billed { get; } = [];

    /// <summary>What the caller was told it costs, and for which hold.</summary>
    public (HoldId Hold, PostingReceipt Receipt)? Told { get; private set; }

    /// <summary>Whether it was told before the posting was in: the store was away.</summary>
    public bool ToldEarly { get; private set; }

    /// <summary>Whether it was renewed; a renewal that nobody heard of is none.</summary>
    public bool Renewed { get; private set; }

    /// <summary>The second call beside its first one, when there is one.</summary>
    public Exchange? Beside { get; private set; }

    public bool IsOver => Stage is Stage.Refused or Stage.Done or Stage.Gone;

    /// <summary>Its pool worker is lost; an upstream call under way may yet be billed.</summary>
    public void Die(int choice)
    {
        if (Stage is Stage.Calls or Stage.Hedges && choice % 2 == 0) Bill(choice);
        Stage = Stage.Gone;
    }

    /// <summary>Does what comes next. With <paramref name="replyLost"/> the tenant is asked and nobody hears its answer.</summary>
    public async Task StepAsync(TestActivation tenant, int choice, bool replyLost)
    {
        if (Stage == Stage.Extends) Bill(choice);
        if (Stage == Stage.Calls)
        {
            Call(choice);
            return;
        }
        try
        {
            var next = await AskAsync(tenant);
            Stage = replyLost ? Unheard() : next();
        }
        catch (StaleActivationException)
        {
            if (Stage is Stage.Asks or Stage.AsksAgain) Stage = Unheard();
        }
        catch (StoreUnavailableException)
        {
            // The caller is left waiting for a while only.
            if (Stage == Stage.Posts && Told is null && choice % 3 == 0)
                (Told, ToldEarly) = ((_plan!.Hold, Postings.ExpectedReceipt(Posting(PostingKind.Posted), _plan.Held)), true);
            Stage = Stage is Stage.Asks ? Stage.Releases : Unheard();
        }
    }

    /// <summary>Asks the tenant for what is due; what follows is decided when its answer is heard.</summary>
    private async Task<Func<Stage>> AskAsync(TestActivation tenant)
    {
        switch (Stage)
        {
            case Stage.Asks or Stage.AsksAgain:
                var outcome = await tenant.Reserve(request);
                return () => Admitted(outcome);
            case Stage.Releases:
                await tenant.Post(new Posting { Hold = First, Kind = PostingKind.Void, Outcome = "not_admitted" });
                return () => Stage.Refused;
            case Stage.Posts:
                var receipt = await tenant.Post(Posting(PostingKind.Posted));
                return () =>
                {
                    if (!ToldEarly) Told = (_plan!.Hold, receipt);
                    return Stage.Done;
                };
            case Stage.Voids:
                await tenant.Post(Posting(PostingKind.Void));
                return () => Stage.Done;
            case Stage.Suspends:
                await tenant.Post(Posting(PostingKind.Suspense));
                return () => Stage.Done;
            case Stage.VoidsNext:
                await tenant.Post(new Posting { Hold = _plan!.Hold with { Attempt = _plan.Hold.Attempt + 1 }, Kind = PostingKind.Void, Outcome = OutcomeWords.RenewalUnheard });
                return () => _hedged ? Stage.Calls : Stage.Suspends;
            case Stage.Extends:
                var extended = await tenant.Extend(_plan! with
                {
                    Targets = [_plan.Targets[0]],
                    HeldOutputTokens = Math.Min(_plan.HeldOutputTokens!.Value + _plan.SliceTokens, _plan.OutputTokens),
                });
                return () => extended is null ? Stage.Posts : Enlarged(extended);
            case Stage.Hedges:
                var hedge = await tenant.Hedge(_plan!);
                return () =>
                {
                    if (hedge is not null) (Beside, Renewed) = (new Exchange(request) { _plan = hedge, _hedged = true, Renewed = true, Stage = Stage.Calls }, true);
                    return Stage.Calls;
                };
            default:
                var renewed = await tenant.Renew(Posting(PostingKind.Suspense));
                return () =>
                {
                    if (renewed is null) return Stage.Done;
                    (_plan, Renewed) = (renewed, true);
                    return Stage.Calls;
                };
        }
    }

    private Stage Admitted(ReservationOutcome outcome)
    {
        if (outcome is ReservationOutcome.Granted granted)
        {
            _plan = granted.Plan;
            return Stage.Calls;
        }
        // What an earlier call of its got, or may yet get, goes back.
        return Stage == Stage.AsksAgain || outcome is ReservationOutcome.HoldClosed ? Stage.Releases : Stage.Refused;
    }

    /// <summary>What comes next when no answer was heard.</summary>
    private Stage Unheard() => Stage switch
    {
        Stage.Asks => Stage.AsksAgain,
        Stage.AsksAgain => Stage.Releases,
        Stage.Renews or Stage.Hedges => Stage.VoidsNext,
        // The stream ends, and is posted to the hold that is known of.
        Stage.Extends => Stage.Posts,
        _ => Stage,
    };

    private Stage Enlarged(ProviderPlan extended)
    {
        Assert.True(extended.Held >= _plan!.Held, $"{extended.Hold} holds less than {_plan.Hold}.");
        Billed.Remove(_plan.Hold);
        (_plan, _begun) = (extended, true);
        Bill(0);
        return Stage.Calls;
    }

    private void Call(int choice)
    {
        if (_plan!.HeldOutputTokens < _plan.OutputTokens && choice % 2 == 0)
        {
            Stage = Stage.Extends;
            return;
        }
        if (!request.Stream && !Renewed && !_hedged && choice % 3 == 0)
        {
            (Stage, _hedged) = (Stage.Hedges, true);
            return;
        }
        if (_begun)
        {
            Bill(choice);
            Stage = Stage.Posts;
            return;
        }
        Stage = (choice % 10) switch
        {
            < 5 => Stage.Posts,
            5 => Stage.Voids,
            6 => Stage.Calls, // refused for now, and tried again on the same hold
            _ => Renewed || _hedged ? Stage.Suspends : Stage.Renews,
        };
        if (choice % 10 is < 5 or > 7) Bill(choice);
    }

    private void Bill(int choice) => Billed[_plan!.Hold] = _cost = new Money(_plan.Held.NanoDollars * (1 + (choice % 100)) / 100);

    private Posting Posting(PostingKind kind) => new()
    {
        Hold = _plan!.Hold,
        Kind = kind,
        Provider = "holysheep",
        Model = "gpt-4.1",
        Cost = kind == PostingKind.Posted ? _cost : Money.Zero,
        Outcome = "ok",
    };
}
