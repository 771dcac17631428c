using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Something a tenant's webhooks are told of. The same happening always has the same id, so that it is told once.</summary>
[GenerateSerializer, Immutable, Alias("webhook-event")]
public sealed record WebhookEvent
{
    /// <summary>The type of <see cref="BudgetThreshold"/> events.</summary>
    public const string BudgetThresholdType = "budget.threshold";

    /// <summary>The type of what an operator sends to try a webhook.</summary>
    public const string TestType = "webhook.test";

    /// <summary>Names the happening; what receivers compare to drop repetitions.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>What kind of happening it is; <see cref="WebhookPolicy.Events"/> chooses by it.</summary>
    [Id(1)] public required string Type { get; init; }

    /// <summary>When it happened.</summary>
    [Id(2)] public required DateTimeOffset At { get; init; }

    /// <summary>The threshold that was crossed; null for other types.</summary>
    [Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public BudgetThreshold? Threshold { get; init; }
}
