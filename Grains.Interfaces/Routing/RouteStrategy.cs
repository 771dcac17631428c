using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>In which order the models and providers that a request may use are tried.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RouteStrategy>))]
public enum RouteStrategy
{
    /// <summary>The model asked for, then its fallbacks; of each model the providers by priority and weight.</summary>
    Ordered,

    /// <summary>What this request would cost least at first.</summary>
    Cheapest,

    /// <summary>The better of two chosen by chance, by how fast they answer at present and how many calls they have; then the others, the fastest first.</summary>
    Fastest,

    /// <summary>By priority and weight, whatever the model.</summary>
    Balanced,
}
