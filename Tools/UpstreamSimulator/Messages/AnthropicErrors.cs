using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Errors in Anthropic's shape.</summary>
internal static class AnthropicErrors
{
    public static byte[] Body(string type, string message, Action<Utf8JsonWriter>? more = null) => JsonBytes.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "error");
        json.WriteStartObject("error");
        json.WriteString("type", type);
        json.WriteString("message", message);
        json.WriteEndObject();
        more?.Invoke(json);
        json.WriteEndObject();
    });

    public static string TypeOf(int status, string other) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        >= 500 => "api_error",
        _ => other,
    };
}
