using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Where a delivery stands.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DeliveryStatus>))]
public enum DeliveryStatus
{
    /// <summary>Not acknowledged yet, and still tried.</summary>
    Pending,

    /// <summary>Acknowledged with a 2xx.</summary>
    Delivered,

    /// <summary>Given up; an operator may have it tried anew.</summary>
    Dead,
}

/// <summary>One event on its way to one webhook.</summary>
[GenerateSerializer, Immutable, Alias("webhook-delivery")]
public sealed record WebhookDelivery
{
    /// <summary>Names the event at the address.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>Counts the tenant's deliveries.</summary>
    [Id(1)] public required long Number { get; init; }

    /// <summary>What is told.</summary>
    [Id(2)] public required WebhookEvent Event { get; init; }

    /// <summary>To which address.</summary>
    [Id(3)] public required string Url { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(4)] public DeliveryStatus Status { get; init; }

    /// <summary>When it came into the queue.</summary>
    [Id(5)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when it is tried.</summary>
    [Id(6)] public required DateTimeOffset GiveUpAt { get; init; }

    /// <summary>How often it was tried since it last began.</summary>
    [Id(7)] public int Attempts { get; init; }

    /// <summary>When it was last tried.</summary>
    [Id(8)] public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>The HTTP status of the last answer; null when there was none.</summary>
    [Id(9)] public int? LastStatus { get; init; }

    /// <summary>Why the last try failed; null when it did not.</summary>
    [Id(10)] public string? LastError { get; init; }

    /// <summary>When it is tried next; null when it is not.</summary>
    [Id(11)] public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When it was acknowledged.</summary>
    [Id(12)] public DateTimeOffset? DeliveredAt { get; init; }
}

/// <summary>What a webhook answered.</summary>
/// <param name="Url">The webhook's address.</param>
/// <param name="Status">The HTTP status; null when there was no answer.</param>
/// <param name="Error">Why it does not count as delivered; null when it does.</param>
[GenerateSerializer, Immutable, Alias("webhook-answer")]
public sealed record WebhookAnswer([property: Id(0)] string Url, [property: Id(1)] int? Status, [property: Id(2)] string? Error);
