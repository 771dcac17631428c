using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Decides whether a request is admitted, at all its scopes together, and what it holds. Changes nothing but the rate limiters, and
/// those only for an admitted request.
/// </summary>
internal sealed class Admission(TenantAccount account, Func<ModelCatalog> catalog, HopOrder order, UpstreamHealth health, TenantOptions options, TimeProvider time)
{
    /// <summary>The decision, with the entry to book when it is a grant.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="recalled">The calls with its idempotency key, where only the store of answers still knew them.</param>
    /// <param name="user">Its end user's scope, where that was looked at and may not be in memory.</param>
    public (ReservationOutcome Outcome, BookEntry.Held? Entry, TokenCharge? Charge) Decide(ReservationRequest request, KeyedCalls? recalled = null, ScopeAccount? user = null)
    {
        var now = time.GetUtcNow();
        if (Barred(request, now) is { } barred) return Denied(barred);
        var (policy, key) = (account.Policy!, account.Keys[request.KeyId]);
        if (account.FindHold(request.Hold) is { } open) return (Regrant(open), null, null);
        if (account.Closed.TryFind(request.Hold, out _)) return Denied(new ReservationOutcome.HoldClosed());

        var scopes = user is null ? account.ScopesOf(request.KeyId, request.User) : account.ScopesSeen(request.KeyId, user);
        if (AnsweredBefore(request, recalled, scopes, now) is { } before) return Denied(before);

        if ((request.Model ?? policy.Models.Default) is not { } name) return Denied(new ReservationOutcome.ModelMissing());
        var budgets = BudgetsOf(scopes);
        var tightest = TightestBudget(scopes, now, budgets);
        var question = new RouteQuestion(catalog(), policy, key, request, budgets, now);
        var route = RoutePlanner.Plan(question, name);
        if (route.Models.IsEmpty) return Denied(NotOffered(question, name));
        if (question.Misfit(route.Models[0]) is not null) return Denied(TooLarge(route.Models[0], request.OutputTokens!.Value));

        var hops = order.Arrange(route.Models, route.Strategy, request, now);
        if (Closed(hops) is { } closed) return Denied(closed);

        var price = HoldPrice.Of(request, hops, route.LeadingOf(hops), tightest?.RemainingUsd ?? Money.MaxValue, SliceOf(policy, request, hops));
        var entry = Entry(request, price, HeldDecision.Of(name, price.Targets, budgets, route.Why), now);
        if (tightest is not null && entry.Amount > tightest.RemainingUsd)
            return Denied(new ReservationOutcome.BudgetSpent(tightest, entry.Amount, Snapshot(scopes)));

        var tokens = TokenUsage.LikelyOf(request.InputBytes) + ((request.OutputTokens ?? 0) * (long)request.Choices);
        if (FirstLimited(scopes, tokens) is { } limited) return Denied(limited);

        var slots = new long[scopes.Length];
        for (var i = 0; i < scopes.Length; i++) slots[i] = scopes[i].Account.Rates.Take(scopes[i].Policy.Limits, tokens);
        return (new ReservationOutcome.Granted(Plan(entry, price.Targets, route.Asked), Snapshot(scopes)), entry, new TokenCharge(tokens, slots));
    }

    /// <summary>What a request is told whose key or tenant is barred, whoever its end user is; null when neither is.</summary>
    public ReservationOutcome? Barred(ReservationRequest request, DateTimeOffset now) =>
        account.Policy is not { } policy || !account.Keys.TryGetValue(request.KeyId, out var key) || !key.IsLive(now) ? new ReservationOutcome.KeyRefused()
        : policy.Status == TenantStatus.Suspended ? new ReservationOutcome.Suspended()
        : null;

    /// <summary>
    /// The next hold of a request whose last attempt ended nobody knows how, or lasts; null when the budgets do not cover it. Takes nothing from the
    /// rate limits: it is the same request. The last hold counts, in suspense or not; the next may be there, or have been fenced by a pool that waited no
    /// longer.
    /// </summary>
    public (ProviderPlan Plan, BookEntry.Held Entry)? Next(Hold last)
    {
        var now = time.GetUtcNow();
        var scopes = account.ScopesOf(last.Entry.KeyId, last.Entry.User);
        var budgets = BudgetsOf(scopes);
        var remaining = TightestBudget(scopes, now, budgets)?.RemainingUsd ?? Money.MaxValue;
        var life = last.Entry.Deadline - last.Entry.At;
        // It stands beside the last one, whatever that stands in place of.
        var entry = last.Entry with { At = now, Attempt = last.Entry.Attempt + 1, Deadline = now + life, Extends = null };
        var targets = Targets(entry);
        if (targets.IsEmpty || entry.Amount > remaining || account.FindHold(entry.Hold) is not null || account.Closed.TryFind(entry.Hold, out _)) return null;
        return (Plan(entry, targets, Asked(entry)), entry with { Decision = HeldDecision.Of(entry.Decision?.Asked ?? entry.Model, targets, budgets, entry.Decision?.Route) });
    }

    /// <summary>
    /// The hold that takes an open one's place because a stream goes on, for as many output tokens as the plan says; null when the budgets do not cover what
    /// it adds. What is there already, because the answer was not heard, is given again.
    /// </summary>
    /// <param name="plan">The plan of the hold as its pool knows it, with the target that answers.</param>
    public (ProviderPlan Plan, BookEntry.Held? Entry)? Extend(ProviderPlan plan)
    {
        if (PostingRules.FindHold(account, plan.Hold) is not { InSuspense: false } last || plan.HeldOutputTokens is not { } output) return null;
        if (last.Id != plan.Hold && last.Entry.HeldOutputTokens >= output) return (Again(last.Entry), null);

        var now = time.GetUtcNow();
        var target = plan.Targets[0];
        var entry = last.Entry with
        {
            At = now,
            Attempt = last.Entry.Attempt + 1,
            Extends = last.Entry.Extends ?? last.Entry.Attempt,
            HeldOutputTokens = output,
            Amount = Money.Max(last.Entry.Amount, HoldPrice.WorstCase(target, last.Entry.InputTokens, output, last.Entry.Choices)),
        };
        if (entry.Amount > RemainingWithout(last, now) || account.Closed.TryFind(entry.Hold, out _)) return null;
        return (Again(entry), entry);

        ProviderPlan Again(BookEntry.Held held) => Plan(held, plan.Targets, plan.AskedModel);
    }

    /// <summary>The models that a key may name; none when there is no such key.</summary>
    public ImmutableArray<CatalogModel> Models(string keyId) => account.Policy is not { } policy || !account.Keys.TryGetValue(keyId, out var key)
        ? []
        : RoutePlanner.Listed(catalog(), policy, key, time.GetUtcNow());

    /// <summary>Every budget and limit of some scopes as they stand.</summary>
    public QuotaReport Report((ScopeAccount Account, ScopePolicy Policy)[] scopes)
    {
        var now = time.GetUtcNow();
        return new QuotaReport
        {
            Tenant = account.Policy!.Id,
            OpenReservations = account.TenantScope.Open,
            Limits = [.. scopes.SelectMany(s => Limits(s.Account, s.Policy.Limits, now))],
            Budgets = [.. scopes.SelectMany(s => s.Policy.Budgets.Select(b => BudgetForecast.Add(Status(s.Account, b, account.BookTime(now)), s.Account, account.BookTime(now))))],
        };
    }

    /// <summary>A refusal for a request that nobody would be called for, or waited for; null when somebody would.</summary>
    private ReservationOutcome.UpstreamsClosed? Closed(Hop[] hops) =>
        health.RestOf(hops[0].Offer.Provider, hops[0].Model.Id) is not null
        && health.AllRest(hops.Select(hop => (hop.Offer.Provider, hop.Model.Id))) is { } first
        && !health.IsAwaited(first)
            ? new ReservationOutcome.UpstreamsClosed(first.Kind, health.Left(first))
            : null;

    /// <summary>The least that is left if a hold were not there; windows that began after it have nothing of it.</summary>
    private Money RemainingWithout(Hold hold, DateTimeOffset now)
    {
        var scopes = account.ScopesOf(hold.Entry.KeyId, hold.Entry.User);
        hold.Count(Money.Zero - hold.Amount);
        var remaining = TightestBudget(scopes, now, BudgetsOf(scopes))?.RemainingUsd ?? Money.MaxValue;
        hold.Count(hold.Amount);
        return remaining;
    }

    // What a model thinks unseen cannot be counted while it comes, and other APIs have no end that could be made for them.
    private static int? SliceOf(TenantPolicy policy, ReservationRequest request, Hop[] hops) =>
        policy.StreamGuard is { } guard && request is { Stream: true, Api: UpstreamApi.Chat } && !hops.Any(hop => hop.Model.Reasoning) ? guard.SliceTokens : null;

    private static (ReservationOutcome, BookEntry.Held?, TokenCharge?) Denied(ReservationOutcome outcome) => (outcome, null, null);

    // To the two oldest APIs a model of another kind is as good as none.
    private static ReservationOutcome NotOffered(RouteQuestion question, string name) =>
        question.Request.Api is var api && RoutePlanner.OfferedElsewhere(question, name) is { } model
        && (model.Kind == api.Kind() || api is UpstreamApi.Responses or UpstreamApi.Messages)
            ? new ReservationOutcome.ApiNotOffered(model.Id, [.. Enum.GetValues<UpstreamApi>().Where(model.IsOffered)])
            : new ReservationOutcome.ModelNotFound(name);

    private static ReservationOutcome TooLarge(CatalogModel model, int output) => output > model.MaxOutputTokens
        ? new ReservationOutcome.OutputExceeded(model.Id, model.MaxOutputTokens, output)
        : new ReservationOutcome.ContextExceeded(model.Id, model.ContextTokens, output);

    private ReservationOutcome? AnsweredBefore(
        ReservationRequest request, KeyedCalls? recalled, (ScopeAccount Account, ScopePolicy Policy)[] scopes, DateTimeOffset now) =>
        request.Idempotency is { } asked && (account.Idempotency.Find(asked.Key, account.BookTime(now)) ?? recalled) is { } calls
            ? IdempotencyRules.Decide(calls, asked, Snapshot(scopes))
            : null;

    private ReservationOutcome Regrant(Hold hold)
    {
        var targets = Targets(hold.Entry);
        return targets.IsEmpty || hold.InSuspense
            ? new ReservationOutcome.HoldClosed()
            : new ReservationOutcome.Granted(Plan(hold.Entry, targets, Asked(hold.Entry)), Snapshot(account.ScopesOf(hold)));
    }

    /// <summary>The targets that a hold covers, priced as when it was made.</summary>
    private ImmutableArray<PlanTarget> Targets(BookEntry.Held entry)
    {
        var request = new ReservationRequest { Hold = entry.Hold, KeyId = entry.KeyId!, InputBytes = entry.InputTokens, Api = entry.ApiAsked };
        var question = new RouteQuestion(catalog(), account.Policy!, account.Keys.GetValueOrDefault(entry.KeyId!), request, [], entry.At);
        return [.. RoutePlanner.Again(question, entry).Select(hop => hop.ToTarget()).Where(target => HoldPrice.Covers(entry, target))];
    }

    private string? Asked(BookEntry.Held entry) => RoutePlanner.FirstNamed(catalog(), account.Policy!, entry.Decision?.Asked ?? entry.Model!);

    private BookEntry.Held Entry(ReservationRequest request, in HoldPrice price, HeldDecision decision, DateTimeOffset now) => new()
    {
        At = now,
        Request = request.Hold.RequestId,
        Attempt = request.Hold.Attempt,
        KeyId = request.KeyId,
        User = request.User,
        Model = price.Targets[0].Model,
        ModelKind = request.Api.Kind(),
        Api = request.Api is UpstreamApi.Chat or UpstreamApi.Embeddings ? null : request.Api,
        Amount = price.Amount,
        Deadline = now + (request.Stream ? options.StreamHoldLife : options.AnswerHoldLife),
        InputTokens = price.InputTokens,
        OutputTokens = price.OutputTokens,
        CapOutput = price.CapOutput,
        HeldOutputTokens = price.HeldOutputTokens,
        Choices = request.Choices,
        IdempotencyKey = request.Idempotency?.Key,
        Fingerprint = request.Idempotency?.Fingerprint,
        Decision = decision,
    };

    private ProviderPlan Plan(BookEntry.Held entry, ImmutableArray<PlanTarget> targets, string? asked) => new()
    {
        TenantId = account.Policy!.Id,
        Hold = entry.Hold,
        Held = entry.Amount,
        Deadline = entry.Deadline,
        Life = entry.Deadline - entry.At,
        InputTokens = entry.InputTokens,
        OutputTokens = entry.OutputTokens,
        CapOutput = entry.CapOutput,
        HeldOutputTokens = entry.HeldOutputTokens,
        SliceTokens = entry.HeldOutputTokens is null ? 0 : account.Policy!.StreamGuard?.SliceTokens ?? 0,
        Choices = entry.Choices,
        Targets = targets,
        AskedModel = asked,
        Route = entry.Decision?.Route,
        Weight = account.Policy!.Routing.Weight,
        Keep = entry.IdempotencyKey is { } key ? new KeepAnswer(new Idempotency(key, entry.Fingerprint!), account.BookTime(entry.At)) : null,
    };

    /// <summary>Room for all budgets of some scopes.</summary>
    private static HeldBudget[] BudgetsOf((ScopeAccount Account, ScopePolicy Policy)[] scopes)
    {
        var count = 0;
        foreach (var (_, policy) in scopes) count += policy.Budgets.Length;
        return count == 0 ? [] : new HeldBudget[count];
    }

    /// <summary>Of the budgets that deny the one with the least left; all are noted as they were found.</summary>
    private BudgetStatus? TightestBudget((ScopeAccount Account, ScopePolicy Policy)[] scopes, DateTimeOffset now, Span<HeldBudget> found)
    {
        var at = account.BookTime(now);
        var next = 0;
        BudgetStatus? tightest = null;
        foreach (var (scope, policy) in scopes)
        {
            foreach (var budget in policy.Budgets)
            {
                var standing = scope.Buckets.Standing(budget, at, account.Zone);
                var raised = scope.Raised(budget.Window, at);
                found[next++] = HeldBudget.Of(scope, budget, standing, raised);
                if (budget.Mode != BudgetMode.Hard) continue;
                if (tightest is null || standing.RemainingOf(budget, raised) < tightest.RemainingUsd) tightest = Status(scope, budget, standing, raised);
            }
        }
        return tightest;
    }

    private BudgetStatus Status(ScopeAccount scope, BudgetPolicy budget, DateTimeOffset at) =>
        Status(scope, budget, scope.Buckets.Standing(budget, at, account.Zone), scope.Raised(budget.Window, at));

    private static BudgetStatus Status(ScopeAccount scope, BudgetPolicy budget, in BudgetStanding standing, Money raised) => new()
    {
        Scope = scope.Name,
        Window = budget.Window,
        Mode = budget.Mode,
        LimitUsd = budget.LimitUsd,
        RaisedUsd = raised,
        RolledOverUsd = standing.RolledOver,
        SettledUsd = standing.Settled,
        AbsorbedUsd = standing.Absorbed,
        HeldUsd = standing.Held,
        SuspenseUsd = standing.Suspense,
        RemainingUsd = standing.RemainingOf(budget, raised),
        ResetsAt = standing.ResetsAt,
    };

    private static ReservationOutcome.RateLimited? FirstLimited((ScopeAccount Account, ScopePolicy Policy)[] scopes, long tokens)
    {
        foreach (var (scope, policy) in scopes)
        {
            if (policy.Limits.TokensPerMinute is { } most && tokens > most)
                return new(scope.Name, QuotaKind.TokensPerMinute, most, TimeSpan.FromMinutes(1), Snapshot(scopes)) { Asked = tokens };
            if (policy.Limits.ConcurrentRequests is { } concurrent && scope.Open >= concurrent)
                return new(scope.Name, QuotaKind.ConcurrentRequests, concurrent, TimeSpan.FromSeconds(1), Snapshot(scopes));
            if (scope.Rates.FirstExceeded(policy.Limits, tokens) is { } exceeded)
                return new(scope.Name, exceeded.Kind, exceeded.Limit, exceeded.RetryAfter, Snapshot(scopes));
        }
        return null;
    }

    /// <summary>The snapshot of the scope with the fewest requests left, or else the fewest tokens.</summary>
    private static RateLimitSnapshot Snapshot((ScopeAccount Account, ScopePolicy Policy)[] scopes)
    {
        RateLimitSnapshot tightest = default;
        foreach (var (scope, policy) in scopes)
        {
            var snapshot = scope.Rates.Snapshot(policy.Limits);
            if (snapshot.RequestLimit is not null && (tightest.RequestLimit is null || snapshot.RequestsRemaining < tightest.RequestsRemaining))
                tightest = tightest with { RequestLimit = snapshot.RequestLimit, RequestsRemaining = snapshot.RequestsRemaining, RequestsReset = snapshot.RequestsReset };
            if (snapshot.TokenLimit is not null && (tightest.TokenLimit is null || snapshot.TokensRemaining < tightest.TokensRemaining))
                tightest = tightest with { TokenLimit = snapshot.TokenLimit, TokensRemaining = snapshot.TokensRemaining, TokensReset = snapshot.TokensReset };
        }
        return tightest;
    }

    private static IEnumerable<LimitStatus> Limits(ScopeAccount scope, QuotaLimits limits, DateTimeOffset now)
    {
        var rates = scope.Rates.Snapshot(limits);
        if (rates.RequestLimit is { } requests)
            yield return new LimitStatus(scope.Name, QuotaKind.RequestsPerMinute, requests, rates.RequestsRemaining, now + rates.RequestsReset);
        if (rates.TokenLimit is { } tokens)
            yield return new LimitStatus(scope.Name, QuotaKind.TokensPerMinute, tokens, rates.TokensRemaining, now + rates.TokensReset);
        if (limits.ConcurrentRequests is { } concurrent)
            yield return new LimitStatus(scope.Name, QuotaKind.ConcurrentRequests, concurrent, Math.Max(0, concurrent - scope.Open), null);
    }
}
