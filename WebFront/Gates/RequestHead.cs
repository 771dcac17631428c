namespace OrleansGateway;

/// <summary>What the gateway must know of a request's body; all other fields are the upstream's business.</summary>
internal sealed record RequestHead
{
    /// <summary>The model named; null asks for the tenant's default.</summary>
    public string? Model { get; init; }

    /// <summary>The end user named.</summary>
    public string? User { get; init; }

    /// <summary>Output tokens asked for, per choice; the larger of two limits.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Choices asked for.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Images that the input refers to.</summary>
    public int Images { get; init; }

    /// <summary>Whether only the model's context bounds the input.</summary>
    public bool UnboundedInput { get; init; }

    /// <summary>Input tokens that the upstream is known to add to what the body says.</summary>
    public int AddedInput { get; init; }

    /// <summary>In which form the caller wants the answer.</summary>
    public AnswerForm Form { get; init; }

    /// <summary>The body, and where the gateway may have to change it.</summary>
    public required UpstreamRequest Upstream { get; init; }

    /// <summary>The upper bound that the tenant decides on.</summary>
    public ReservationRequest ToReservation(Exchange exchange) => new()
    {
        Hold = new HoldId(exchange.RequestId, 1),
        KeyId = exchange.Caller.KeyId,
        User = User,
        Model = Model,
        Api = Upstream.Api,
        InputBytes = Upstream.Body.Length + AddedInput,
        Images = Images,
        UnboundedInput = UnboundedInput,
        OutputTokens = OutputTokens,
        Choices = Choices,
        Stream = Upstream.Stream,
        Idempotency = exchange.Idempotency,
    };
}
