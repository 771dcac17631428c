using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Writes an enum's names in camelCase; reads only those, never numbers.</summary>
public sealed class CamelCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;
