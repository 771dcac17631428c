using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>What a model can do beside reading and writing text.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ModelCapability>))]
public enum ModelCapability
{
    /// <summary>Read pictures.</summary>
    Vision,

    /// <summary>Hear sound.</summary>
    Audio,

    /// <summary>Call tools.</summary>
    Tools,
}
