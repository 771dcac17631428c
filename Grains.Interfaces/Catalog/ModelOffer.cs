using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>One provider that serves a model; a model has at most one offer of each.</summary>
[GenerateSerializer, Immutable, Alias("model-offer")]
public sealed record ModelOffer
{
    /// <summary>The provider.</summary>
    [Id(0)] public required string Provider { get; init; }

    /// <summary>What the provider calls the model.</summary>
    [Id(1)] public required string UpstreamModel { get; init; }

    /// <summary>The APIs through which it is offered; the one that every OpenAI-compatible upstream has for its kind when default.</summary>
    [Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public ImmutableArray<UpstreamApi> Apis { get; init; }

    /// <summary>The lower ones are tried first.</summary>
    [Id(3)] public int Priority { get; init; }

    /// <summary>Its share among offers of the same priority; of 0 it is tried only when all others fail.</summary>
    [Id(4)] public int Weight { get; init; } = 1;

    /// <summary>What it costs here, the latest start last; default when it costs what the model does.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public ImmutableArray<PriceCard> Prices { get; init; }
}
