using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>How much a model is trusted with, as the operator sees it.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ModelTier>))]
public enum ModelTier
{
    /// <summary>For bulk work.</summary>
    Economy,

    /// <summary>For everyday work.</summary>
    Standard,

    /// <summary>For what is hard.</summary>
    Premium,
}
