using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>What became of the last hold of an idempotency key.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<KeyedState>))]
internal enum KeyedState
{
    /// <summary>Its call is under way.</summary>
    Pending,

    /// <summary>Nobody knows, unless its answer was kept.</summary>
    Suspense,

    /// <summary>It was answered, and its answer was kept.</summary>
    Posted,

    /// <summary>Nothing was done: the key is free.</summary>
    Void,
}
