using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace OrleansGateway.Admin;

/// <summary>How the control plane reads and writes JSON: names in their exact case, numbers as numbers, nothing unknown, nothing twice.</summary>
internal static class AdminJson
{
    public const int MaxDepth = 32;

    public static readonly JsonSerializerOptions Options = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            PropertyNameCaseInsensitive = false,
            NumberHandling = JsonNumberHandling.Strict,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            MaxDepth = MaxDepth,
            // Answers are application/json, never a part of a page: names of people need no escapes.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new InstantJsonConverter(), new ExactDecimalJsonConverter() },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutAbsentCeilings } },
        };
        options.MakeReadOnly();
        return options;
    }

    // No ceiling and a ceiling of null are one thing, and shown as the operator wrote it: not at all.
    private static void LeaveOutAbsentCeilings(JsonTypeInfo type)
    {
        if (type.Type != typeof(QuotaLimits)) return;
        foreach (var property in type.Properties) property.ShouldSerialize = static (_, value) => value is not null;
    }
}
