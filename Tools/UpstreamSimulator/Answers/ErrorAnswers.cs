using System.Buffers;
using System.Text;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Errors in OpenAI's shape, and the ones in no shape at all.</summary>
internal static class ErrorAnswers
{
    public const string Page = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>502 Bad gateway</h1><p>edge-proxy</p></body></html>";

    public static byte[] Body(string message, string type, string? param, string? code, Answer? usageOf = null)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, SimulatorJson.Wire);
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", message);
        json.WriteString("type", type);
        json.WriteString("param", param);
        json.WriteString("code", code);
        json.WriteEndObject();
        if (usageOf is not null)
        {
            json.WritePropertyName("usage");
            UsageWriter.Write(json, usageOf.Usage, usageOf.Cap, UsageShape.Normal);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Scripted(SimulatorScript script, Answer answer)
    {
        var (type, code, message) = Words(script);
        return Body(message, type, param: null, code, script.UsageInError ? answer : null);
    }

    /// <summary>What an error says that its script does not word itself.</summary>
    public static (string Type, string? Code, string Message) Words(SimulatorScript script)
    {
        var (type, code, message) = Usual(script.Status ?? StatusCodes.Status500InternalServerError);
        return (script.ErrorType ?? type, script.ErrorCode ?? code, script.ErrorMessage ?? message);
    }

    public static Task InvalidAsync(HttpContext http, string message, string? param, string code) => WriteAsync(
        http,
        StatusCodes.Status400BadRequest,
        IsAnthropic(http) ? AnthropicErrors.Body("invalid_request_error", message) : Body(message, "invalid_request_error", param, code));

    public static Task UnauthorizedAsync(HttpContext http, bool missing) => WriteAsync(
        http,
        StatusCodes.Status401Unauthorized,
        IsAnthropic(http) ? AnthropicErrors.Body("authentication_error", "invalid x-api-key")
            : missing
            ? Body("You didn't provide an API key. Send it as 'Authorization: Bearer KEY'.", "invalid_request_error", null, "missing_api_key")
            : Body("Incorrect API key provided.", "invalid_request_error", null, "invalid_api_key"));

    public static Task RateLimitedAsync(HttpContext http)
    {
        var (type, code, message) = Usual(StatusCodes.Status429TooManyRequests);
        return WriteAsync(
            http,
            StatusCodes.Status429TooManyRequests,
            IsAnthropic(http) ? AnthropicErrors.Body("rate_limit_error", message) : Body(message, type, param: null, code));
    }

    public static Task UnknownUrlAsync(HttpContext http) => WriteAsync(
        http,
        StatusCodes.Status404NotFound,
        Body($"Invalid URL ({http.Request.Method} {http.Request.Path})", "invalid_request_error", null, "unknown_url"));

    public static Task UnknownModelAsync(HttpContext http, string model) => WriteAsync(
        http,
        StatusCodes.Status404NotFound,
        Body($"The model '{model}' does not exist.", "invalid_request_error", "model", "model_not_found"));

    public static async Task WriteAsync(HttpContext http, int status, byte[] body, string contentType = "application/json")
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    public static Task WriteTextAsync(HttpContext http, int status, string body, string contentType) =>
        WriteAsync(http, status, Encoding.UTF8.GetBytes(body), contentType);

    private static bool IsAnthropic(HttpContext http) => http.Request.Path == "/v1/messages";

    private static (string Type, string? Code, string Message) Usual(int status) => status switch
    {
        400 => ("invalid_request_error", "invalid_value", "The request is wrong."),
        401 => ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
        402 => ("insufficient_quota", "credit_balance_exhausted", "Your credit balance is exhausted."),
        403 => ("permission_error", "permission_denied", "You may not do this."),
        404 => ("invalid_request_error", "model_not_found", "The model does not exist."),
        429 => ("rate_limit_error", "rate_limit_exceeded", "Rate limit reached, slow down."),
        503 => ("service_unavailable_error", "server_is_overloaded", "The server is overloaded."),
        _ => ("server_error", null, "The server had an error while processing your request."),
    };
}
