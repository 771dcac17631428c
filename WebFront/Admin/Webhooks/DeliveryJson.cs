namespace OrleansGateway.Admin;

/// <summary>One delivery as operators see it.</summary>
internal sealed record DeliveryJson
{
    public required string Id { get; init; }

    public required DeliveryStatus Status { get; init; }

    public required string Url { get; init; }

    public required string EventId { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset At { get; init; }

    public required BudgetThreshold? Data { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset? LastAttemptAt { get; init; }

    public required int? LastStatus { get; init; }

    public required string? LastError { get; init; }

    public required DateTimeOffset? NextAttemptAt { get; init; }

    public required DateTimeOffset? GiveUpAt { get; init; }

    public required DateTimeOffset? DeliveredAt { get; init; }

    public static DeliveryJson Of(WebhookDelivery delivery) => new()
    {
        Id = delivery.Id,
        Status = delivery.Status,
        Url = delivery.Url,
        EventId = delivery.Event.Id,
        Type = delivery.Event.Type,
        At = delivery.Event.At,
        Data = delivery.Event.Threshold,
        CreatedAt = delivery.CreatedAt,
        Attempts = delivery.Attempts,
        LastAttemptAt = delivery.LastAttemptAt,
        LastStatus = delivery.LastStatus,
        LastError = delivery.LastError,
        NextAttemptAt = delivery.NextAttemptAt,
        GiveUpAt = delivery.Status == DeliveryStatus.Pending ? delivery.GiveUpAt : null,
        DeliveredAt = delivery.DeliveredAt,
    };
}

/// <summary>A page of deliveries.</summary>
internal sealed record DeliveryPageJson(IReadOnlyList<DeliveryJson> Deliveries, string? NextCursor);

/// <summary>What each webhook answered to a test.</summary>
internal sealed record WebhookTestJson(IReadOnlyList<WebhookAnswer> Results);
