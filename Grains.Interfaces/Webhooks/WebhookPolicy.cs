using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>An address that is told of a tenant's events, signed as the Standard Webhooks specification says.</summary>
[GenerateSerializer, Immutable, Alias("webhook-policy")]
public sealed record WebhookPolicy
{
    /// <summary>Where events are posted; one webhook per address.</summary>
    [Id(0)] public required string Url { get; init; }

    /// <summary>The types of events it is told of: <see cref="WebhookEvent.BudgetThresholdType"/>.</summary>
    [Id(1)] public required ImmutableArray<string> Events { get; init; }

    /// <summary>
    /// The signing secret, <c>whsec_</c> and 24 to 64 bytes in base64. Written, never read: null keeps the one that the address has, or makes one,
    /// which is then shown in the answer to that write and never again.
    /// </summary>
    [Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Secret { get; init; }

    // A secret is never printed.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Url = ").Append(Url).Append(", Events = ").AppendJoin(' ', Events.IsDefault ? [] : Events);
        return true;
    }
}
