namespace OrleansGateway;

/// <summary>One request of the data plane and what is known of it so far: for the answer's headers and the log.</summary>
/// <param name="http">Its connection.</param>
/// <param name="requestId">Its name.</param>
/// <param name="startedAt">A time stamp of the clock that measures durations.</param>
/// <param name="errors">How its caller is told no.</param>
internal sealed class Exchange(HttpContext http, string requestId, long startedAt, ErrorShape? errors = null)
{
    // What was flushed is on its way through the socket while this lasts; aborting at once would overtake it.
    private static readonly TimeSpan LastEventGrace = TimeSpan.FromMilliseconds(100);
    private const int ClientClosedRequest = 499; // as nginx logs it

    private static readonly TimeSpan LastEventTimeout = TimeSpan.FromSeconds(5);

    public HttpContext Http { get; } = http;

    public HttpResponse Response => Http.Response;

    public string RequestId { get; } = requestId;

    /// <summary>A time stamp of when it came.</summary>
    public long StartedAt { get; } = startedAt;

    /// <summary>The pattern of its route.</summary>
    public string Route { get; init; } = "";

    public ErrorShape Errors { get; } = errors ?? ErrorShape.OpenAI;

    /// <summary>The number of the next event, in streams whose events are numbered.</summary>
    public long NextEvent { get; set; }

    /// <summary>Who asks; set before any handler that needs a key runs.</summary>
    public Caller Caller { get; set; } = Caller.Unknown;

    /// <summary>The model asked for.</summary>
    public string? Model { get; set; }

    public bool Stream { get; set; }

    /// <summary>Given when the caller wants it done once however often it asks.</summary>
    public Idempotency? Idempotency { get; set; }

    /// <summary>The request that was given this answer first; null unless it is given again.</summary>
    public string? ReplayOf { get; set; }

    /// <summary>Whether the pool has been handed the request.</summary>
    public bool Dispatched { get; set; }

    public RateLimitSnapshot Limits { get; set; }

    public AnsweredBy? By { get; set; }

    /// <summary>What the tenant pays; null when nothing was booked.</summary>
    public Money? Cost { get; set; }

    /// <summary>The outcome of a request whose caller went away before the answer was written.</summary>
    public const string ClientGone = "client_gone";

    /// <summary><c>ok</c>, an error's code, or a posting's word for what went wrong.</summary>
    public string Outcome { get; set; } = "ok";

    /// <summary>What the caller was told, if not an answer.</summary>
    public GatewayError? Error { get; private set; }

    /// <summary>The status that the caller was told, or that it went before it was.</summary>
    public int StatusTold => Outcome == ClientGone ? ClientClosedRequest : Response.StatusCode;

    /// <summary>The outcome in a word of ours: an upstream's own codes are as many as it likes.</summary>
    public string OutcomeWord => Error is { } error ? GatewayErrors.Of(error.Kind).Code : Outcome;

    public bool CallerGone => Http.RequestAborted.IsCancellationRequested;

    /// <summary>Notes how the upstream call ended.</summary>
    public void Settle(AnsweredBy by, PostingReceipt receipt, string outcome)
    {
        By = by;
        Cost = receipt.Invoiced;
        // Of a stream the pool knows best: many a client hangs up on the last event, with everything in hand.
        Outcome = CallerGone && !Stream ? ClientGone : outcome;
    }

    /// <summary>
    /// Tells the caller no. Before the first byte that is an ordinary error response; after it, an error event and an aborted
    /// connection, the one ending that no client takes for a whole answer.
    /// </summary>
    public async Task RefuseAsync(GatewayError error, TimeProvider time)
    {
        Error = error;
        Outcome = error.Code;
        if (!Response.HasStarted)
        {
            AnswerHeaders.Write(this, withCost: true);
            await ErrorResponses.WriteAsync(Response, Errors, error, RequestId);
            return;
        }

        try
        {
            await Response.BodyWriter.WriteAsync(Errors.Event(error, RequestId, NextEvent)).AsTask().WaitAsync(LastEventTimeout, time);
            await Task.Delay(LastEventGrace, time);
        }
        catch (Exception e) when (e is IOException or TimeoutException or InvalidOperationException or OperationCanceledException)
        {
            // The caller is gone or does not read: the abort says it all.
        }

        Http.Abort();
    }
}
