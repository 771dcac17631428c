namespace OrleansGateway;

/// <summary>The answers that are kept, as the tenants and the pool see them.</summary>
internal sealed class KeptAnswers(IAnswerStore store, IdempotencyOptions options, TimeProvider time)
{
    /// <summary>Somewhere to take down a stream's events as they pass; null when nothing is to be kept of the call.</summary>
    public EventTape? TapeFor(UpstreamCall call) => call.Plan.Keep is null ? null : new EventTape(options.MaxAnswerBytes);

    /// <summary>How long a call has taken so far; null when its answer is not kept, and so never told again.</summary>
    public TimeSpan? Took(UpstreamCall call) => call.Plan.Keep is null ? null : time.GetElapsedTime(call.StartedAt);

    /// <summary>What is to be kept of a call that ends with this; null when nothing is.</summary>
    public KeptAnswer? Of(UpstreamCall call, Posting posting, ProviderAnswer answer, EventTape? tape = null) =>
        call.Plan.Keep is not { } keep || posting.Kind != PostingKind.Posted ? null
        : IsTooLarge(answer, tape) ? new KeptAnswer(keep, call.Plan.Held, posting, null)
        : new KeptAnswer(keep, call.Plan.Held, posting, answer, tape?.Events ?? default, tape?.CostAt);

    /// <summary>Durable when it returns; may be repeated. Of a tenant that has as much here as it may, the answer itself is left out.</summary>
    public async Task PutAsync(string tenantId, KeptAnswer kept)
    {
        FailPoints.Hit(FailPoint.BeforeKeepAnswer);
        // That a call was made is always kept: without it, it would be made and paid for again.
        if (kept.Answer is null || !await store.TryPutAsync(tenantId, Stored(kept), options.MaxTenantBytes, CancellationToken.None))
            await store.PutAsync(tenantId, Stored(kept.WithoutAnswer()), CancellationToken.None);
        FailPoints.Hit(FailPoint.AfterKeepAnswer);
    }

    /// <summary>
    /// The answer of a request that was made with a key; null when none was kept. It is kept for the hold that the pool knew of: one that stands in its place, for a
    /// stream that went on, may have been made without anyone hearing of it.
    /// </summary>
    public async Task<KeptAnswer?> FindAsync(string tenantId, HoldId hold, string key)
    {
        if (await store.FindAsync(tenantId, hold, CancellationToken.None) is { } stored) return KeptAnswerFormat.Read(stored);
        return await store.FindByKeyAsync(tenantId, key, CancellationToken.None) is { } last && last.Hold.RequestId == hold.RequestId ? KeptAnswerFormat.Read(last) : null;
    }

    /// <summary>
    /// The calls made with a key that the tenant remembers no longer by itself. It forgets none that is open or was ever in doubt, so an answer
    /// that is found was posted as it says.
    /// </summary>
    public async Task<KeyedCalls?> RecallAsync(string tenantId, string key, DateTimeOffset at)
    {
        if (await store.FindByKeyAsync(tenantId, key, CancellationToken.None) is not { } stored) return null;
        var kept = KeptAnswerFormat.Read(stored);
        return at - kept.For.HeldAt < IdempotencyKeys.Remembered ? KeyedCalls.Of(kept.For, kept.Posting.Hold, kept.ExpectedReceipt) : null;
    }

    private static StoredAnswer Stored(KeptAnswer kept) => new(kept.Posting.Hold, kept.For.Idempotency.Key, KeptAnswerFormat.Write(kept));

    private bool IsTooLarge(ProviderAnswer answer, EventTape? tape) =>
        tape is { IsTooLong: true } || answer is ProviderAnswer.Completed completed && completed.Body.Length > options.MaxAnswerBytes;
}
