using System.Collections.Immutable;
using System.Globalization;

namespace OrleansGateway;

/// <summary>What a caller is told when the tenant's policy says no.</summary>
internal static class Denials
{
    public static readonly GatewayError MissingApiKey = new(
        GatewayErrorKind.MissingApiKey, "No API key was given. Send one header 'Authorization: Bearer <your api key>'.");

    public static readonly GatewayError InvalidApiKey = new(
        GatewayErrorKind.InvalidApiKey, "This API key is not valid. Check that it is complete, or ask your operator for a new one.");

    /// <summary>Said without looking up whose the key is.</summary>
    public static GatewayError TooManyWrongKeys(TimeSpan wait) => new(
        GatewayErrorKind.RateLimitExceeded,
        "Too many API keys that are not valid came from this address, and no new one is looked up for now. Try again shortly, with a valid key.")
    { RetryAfter = wait };

    /// <summary>The refusal that a denied reservation amounts to.</summary>
    public static GatewayError Of(ReservationOutcome outcome, UpstreamApi api) => outcome switch
    {
        ReservationOutcome.RateLimited { Limit: <= 0 } limited => OfNoneAtAll(limited),
        ReservationOutcome.RateLimited { Asked: { } asked } limited => OfMoreThanTheLimit(limited, asked, api),
        ReservationOutcome.RateLimited limited => OfRateLimit(limited),
        ReservationOutcome.BudgetSpent spent => OfBudget(spent.Budget, $"cannot cover this request: it could cost up to ${spent.Needed}", "for other requests", api),
        ReservationOutcome.ModelNotFound missing => ModelNotFound(missing.Model),
        ReservationOutcome.ApiNotOffered elsewhere => new(
            GatewayErrorKind.ModelNotFound, $"The model '{Short(elsewhere.Model)}' is not offered at this URL. {Instead(elsewhere.Offered)}", "model"),
        ReservationOutcome.ModelMissing => GatewayError.InvalidValue("model", "No model was named and this tenant has no default one. Set 'model' to an id from GET /v1/models."),
        ReservationOutcome.ContextExceeded over => new(
            GatewayErrorKind.ContextLengthExceeded,
            $"The maximum context length of {over.Model} is {N(over.ContextTokens)} tokens; this request could take up to {N(over.Asked)}. "
            + $"Shorten the input{(api == UpstreamApi.Embeddings ? "" : $" or lower {OutputLimit(api)}")}.",
            api is UpstreamApi.Embeddings or UpstreamApi.Responses ? "input" : "messages"),
        ReservationOutcome.OutputExceeded over => GatewayError.InvalidValue(
            OutputLimit(api), $"{over.Model} writes at most {N(over.MaxOutputTokens)} tokens, and {N(over.Asked)} were asked for. Lower {OutputLimit(api)}."),
        ReservationOutcome.KeyRefused => InvalidApiKey,
        ReservationOutcome.Suspended => new(GatewayErrorKind.TenantSuspended, "This tenant is suspended. Ask your operator to resume it."),
        ReservationOutcome.UpstreamsClosed closed => UpstreamFailures.Closed(closed.Kind, closed.RetryAfter),
        ReservationOutcome.HoldClosed => new(GatewayErrorKind.GatewayOverloaded, "The request could not be admitted in time. Try again."),
        ReservationOutcome.InProgress progress => new(
            GatewayErrorKind.IdempotencyInProgress,
            $"A request with this Idempotency-Key, {progress.RequestId}, is still under way. Try again later with the same key to get its answer."),
        ReservationOutcome.KeyReused reused => new(
            GatewayErrorKind.IdempotencyKeyReused,
            $"This Idempotency-Key belongs to another request, {reused.RequestId}. Use a new key for each request, and the same one only to repeat it unchanged.",
            IdempotencyHeader.Name),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    /// <summary>The refusal of another hold for a request that has one: a further attempt, or a whole answer where a slice was held.</summary>
    /// <param name="budget">The budget that does not cover it.</param>
    /// <param name="needed">What the hold of the attempt before keeps in suspense, and another would need; zero when no attempt was made.</param>
    /// <param name="api">Through which API it was asked.</param>
    public static GatewayError OfNextHold(BudgetStatus budget, Money needed, UpstreamApi api) => OfBudget(
        budget,
        needed == Money.Zero
            ? "did not cover this request, which asks its model to think and so holds its whole answer at once"
            : $"did not cover another attempt, after one that failed without saying what it cost: it could cost up to ${needed}",
        needed == Money.Zero ? "for other requests" : "for that attempt and other requests",
        api);

    /// <summary>Said of a request that was answered and paid for, but cannot be answered again.</summary>
    public static GatewayError AnswerNotKept(string requestId) => new(
        GatewayErrorKind.IdempotencyAnswerNotKept,
        $"The request with this Idempotency-Key, {requestId}, was answered, but its answer was too large to keep, alone or with the tenant's others, and cannot be given again. "
        + "Use a new key to ask, and pay, once more.",
        IdempotencyHeader.Name);

    public static GatewayError ModelNotFound(string model) => new(
        GatewayErrorKind.ModelNotFound, $"The model '{Short(model)}' does not exist or this key may not call it. GET /v1/models lists those it may.", "model");

    public static GatewayError RequestNotFound(string id) => new(
        GatewayErrorKind.RequestNotFound,
        $"There is no request '{Short(id)}' of this tenant. Give an id as an answer's x-request-id told it; one that was refused is remembered for a while only.",
        "id");

    // Never says "quota", "billing" or a name that a caller chose: clients that find such words never retry.
    private static GatewayError OfRateLimit(ReservationOutcome.RateLimited limited)
    {
        var seconds = Math.Clamp((int)Math.Ceiling(limited.RetryAfter.TotalSeconds), 1, 60);
        return new(
            GatewayErrorKind.RateLimitExceeded,
            $"Rate limit reached for {Scope(limited.Scope, named: false)}: {N(limited.Limit)} {Counted(limited.Kind)}. Try again in {N(seconds)} s.")
        { RetryAfter = limited.RetryAfter };
    }

    private static GatewayError OfNoneAtAll(ReservationOutcome.RateLimited limited) => new(
        GatewayErrorKind.RateLimitExceeded,
        $"The limit for {Scope(limited.Scope, named: false)} is {N(limited.Limit)} {Counted(limited.Kind)}: it lets no request through, now or later. Have the limit raised.")
    { RetryAfter = limited.RetryAfter, IsForEver = true };

    private static string Counted(QuotaKind kind) => kind switch
    {
        QuotaKind.RequestsPerMinute => "requests per minute",
        QuotaKind.TokensPerMinute => "tokens per minute",
        _ => "requests at once",
    };

    private static GatewayError OfMoreThanTheLimit(ReservationOutcome.RateLimited limited, long asked, UpstreamApi api) => new(
        GatewayErrorKind.RateLimitExceeded,
        $"This request counts {N(asked)} tokens, and the limit for {Scope(limited.Scope, named: false)} is {N(limited.Limit)} tokens per minute: it never fits. {AskForLess(api)}.")
    { RetryAfter = limited.RetryAfter, IsForEver = true };

    private static GatewayError OfBudget(BudgetStatus budget, string cannot, string heldFor, UpstreamApi api)
    {
        var spentUsd = budget.SettledUsd + budget.AbsorbedUsd;
        var heldUsd = budget.HeldUsd + budget.SuspenseUsd;
        var resets = budget.ResetsAt is { } at
            ? $"{(budget.Window.Kind == WindowKind.Rolling ? "some of it is free again" : "it resets")} at {at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}"
            : "it does not reset by itself";
        return new(
            GatewayErrorKind.InsufficientQuota,
            $"The {budget.Window} budget of {Scope(budget.Scope, named: true)} {cannot}, and "
            + $"${Money.Max(budget.RemainingUsd, Money.Zero)} of ${budget.LimitUsd + budget.RaisedUsd + budget.RolledOverUsd} remains "
            + $"(${spentUsd} is spent, ${heldUsd} held {heldFor}); {resets}. {AskForLess(api)}, or have the budget raised.");
    }

    private static string AskForLess(UpstreamApi api) => api == UpstreamApi.Embeddings ? "Send less input" : $"Ask for less output with {OutputLimit(api)}";

    private static string OutputLimit(UpstreamApi api) => api == UpstreamApi.Responses ? "max_output_tokens" : "max_tokens";

    private static string Instead(ImmutableArray<UpstreamApi> offered)
    {
        if (offered.IsEmpty) return "No upstream offers it at present: choose another model from GET /v1/models.";
        return $"Use {string.Join(" or ", offered.Select(api => api switch
        {
            UpstreamApi.Embeddings => "POST /v1/embeddings",
            UpstreamApi.Responses => "POST /v1/responses",
            UpstreamApi.Messages => "POST /v1/messages",
            _ => "POST /v1/chat/completions",
        }))}, or choose another model from GET /v1/models.";
    }

    private static string Scope(string scope, bool named) => scope switch
    {
        _ when ScopeName.KeyOf(scope) is { } keyId => named ? $"api key {keyId}" : "this api key",
        _ when ScopeName.UserOf(scope) is { } user => named ? $"end user '{Short(user)}'" : "this end user",
        _ => "this tenant",
    };

    private static string Short(string text) => text.Length <= 256 ? text : string.Concat(text.AsSpan(0, 256), "…");

    private static string N(long number) => number.ToString(CultureInfo.InvariantCulture);
}
