using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What an admitted request may call, in order, and what is held for it. Every target is priced into the hold.</summary>
[GenerateSerializer, Immutable, Alias("provider-plan")]
public sealed record ProviderPlan
{
    /// <summary>The tenant whose book holds the money.</summary>
    [Id(0)] public required string TenantId { get; init; }

    /// <summary>The hold to post to.</summary>
    [Id(1)] public required HoldId Hold { get; init; }

    /// <summary>What is held.</summary>
    [Id(2)] public required Money Held { get; init; }

    /// <summary>When the hold goes to suspense by itself; every call ends well before.</summary>
    [Id(3)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>The most input tokens the hold covers.</summary>
    [Id(4)] public required long InputTokens { get; init; }

    /// <summary>The most output tokens per choice the hold covers; sent upstream when the caller set no limit.</summary>
    [Id(5)] public required int OutputTokens { get; init; }

    /// <summary>Whether the caller set no output limit, so that the gateway must.</summary>
    [Id(6)] public required bool CapOutput { get; init; }

    /// <summary>Choices asked for (<c>n</c>).</summary>
    [Id(7)] public required int Choices { get; init; }

    /// <summary>What may be called, in order; at least one.</summary>
    [Id(8)] public required ImmutableArray<PlanTarget> Targets { get; init; }

    /// <summary>Given when the answer is to be kept.</summary>
    [Id(9)] public KeepAnswer? Keep { get; init; }

    /// <summary>The model that was asked for: another one is a fallback. Null when whichever comes first is what was asked for.</summary>
    [Id(10)] public string? AskedModel { get; init; }

    /// <summary>Why these targets in this order; null when that is just what was asked for.</summary>
    [Id(11)] public string? Route { get; init; }

    /// <summary>The output tokens per choice that the hold covers, of a stream whose hold is to be extended as it goes on; null when it covers all.</summary>
    [Id(12)] public int? HeldOutputTokens { get; init; }

    /// <summary>Output tokens by which it is extended at a time; 0 when it is not.</summary>
    [Id(13)] public int SliceTokens { get; init; }

    /// <summary>The tenant's weight among those who wait for a limited upstream.</summary>
    [Id(14)] public int Weight { get; init; } = 1;

    /// <summary>
    /// How long the hold lasts from when it was made, whatever clock <see cref="Deadline"/> goes by. Zero from a silo of the release before, which does not tell.
    /// </summary>
    [Id(15)] public TimeSpan Life { get; init; }
}

/// <summary>One model at one provider.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Model">The catalog's id of the model.</param>
/// <param name="UpstreamModel">What the provider calls it.</param>
/// <param name="Price">The price card that its posting applies.</param>
/// <param name="MaxOutputTokens">Tokens that one of its answers may have: an output limit set by the gateway stays within it.</param>
/// <param name="Reasoning">Whether it may think in tokens that do not show in its answer.</param>
/// <param name="ContextTokens">Tokens of input and output together; 0 when nobody told.</param>
[GenerateSerializer, Immutable, Alias("plan-target")]
public sealed record PlanTarget(
    [property: Id(0)] string Provider,
    [property: Id(1)] string Model,
    [property: Id(2)] string UpstreamModel,
    [property: Id(3)] PriceCard Price,
    [property: Id(4)] int MaxOutputTokens,
    [property: Id(5)] bool Reasoning = false,
    [property: Id(6)] int ContextTokens = 0);
