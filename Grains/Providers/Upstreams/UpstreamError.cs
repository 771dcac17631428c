using System.Text.Json;

namespace OrleansGateway;

/// <summary>The upstream's error object, as far as it could be read: relays write codes as text, numbers or not at all, and bodies as HTML.</summary>
internal sealed record UpstreamError(string? Message, string? Type, string? Param, string? Code)
{
    private const int LongestText = 2_000;
    private const int LongestWord = 256; // as much as a log line has of anything that is not ours

    public static readonly UpstreamError None = new(null, null, null, null);

    /// <summary>Reads an error body; <see cref="None"/> for anything that is not one.</summary>
    /// <param name="body">The body.</param>
    /// <param name="secrets">What it must not tell, for some upstreams repeat the key that they were shown.</param>
    public static UpstreamError Parse(ReadOnlyMemory<byte> body, params ReadOnlySpan<string> secrets)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return None;
            if (!root.TryGetProperty("error", out var error)) error = OfResponse(root) ?? root;
            return error.ValueKind switch
            {
                JsonValueKind.Object => Coded(new(
                    Text(error, "message", LongestText, secrets), Text(error, "type", LongestWord, secrets), Text(error, "param", LongestWord, secrets),
                    Text(error, "code", LongestWord, secrets))),
                JsonValueKind.String => None with { Message = Cut(error.GetString(), LongestText, secrets) },
                _ => None,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return None; // HTML, plain text, cut off, or text that is no Unicode.
        }
    }

    /// <summary>The error of an answer within an event.</summary>
    private static JsonElement? OfResponse(JsonElement root) =>
        root.TryGetProperty("response", out var response) && response.ValueKind == JsonValueKind.Object && response.TryGetProperty("error", out var error) ? error : null;

    /// <summary>The HTTP status that the error stands for when the response's own says nothing (an error in a 200).</summary>
    public int ImpliedStatus()
    {
        if (int.TryParse(Code, out var number) && number is >= 400 and <= 599) return number;
        if (SaysQuotaSpent) return 402;
        // The type is often no more than a family: OpenAI calls a wrong key and an unknown model an invalid_request_error.
        return StatusOf(Code) ?? StatusOf(Type) ?? 500;
    }

    /// <summary>Whether the gateway's own credit is used up: waiting does not help.</summary>
    public bool SaysQuotaSpent => IsSpent(Type) || IsSpent(Code);

    /// <summary>Whether the request does not fit in the model's context.</summary>
    public bool SaysTooLong => IsTooLong(Code) || IsTooLong(Type);

    /// <summary>Anthropic has no code for a request that does not fit in its model's context: for want of any other sign its message is read, and OpenAI's code given.</summary>
    private static UpstreamError Coded(UpstreamError error) =>
        error is { Type: "invalid_request_error", Code: null, Message: { } message }
        && (message.StartsWith("prompt is too long", StringComparison.Ordinal)
            || message.StartsWith("input length and `max_tokens` exceed context limit", StringComparison.Ordinal))
            ? error with { Code = "context_length_exceeded" }
            : error;

    private static bool IsTooLong(string? word) => word is "context_length_exceeded" or "context_window_exceeded" or "model_context_window_exceeded";

    private static bool IsSpent(string? word) => word is
        "insufficient_quota" or "credit_balance_exhausted" or "organization_spend_limit_exceeded" or "project_spend_limit_exceeded"
        or "organization_usage_limit_exceeded" or "billing_hard_limit_reached" or "billing_not_active" or "insufficient_user_quota";

    private static int? StatusOf(string? word) => word switch
    {
        "rate_limit_error" or "rate_limit_exceeded" or "rate_limit" or "slow_down" or "tokens" or "requests" => 429,
        "invalid_request_error" or "invalid_value" or "content_filter" or "content_policy_violation" => 400,
        "context_length_exceeded" or "context_window_exceeded" or "model_context_window_exceeded" => 400,
        "authentication_error" or "invalid_api_key" or "permission_error" or "permission_denied" => 401,
        "not_found_error" or "model_not_found" => 404,
        "billing_error" => 402,
        _ => null,
    };

    private static string? Text(JsonElement error, string member, int longest, ReadOnlySpan<string> secrets)
    {
        if (!error.TryGetProperty(member, out var value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.String => Cut(value.GetString(), longest, secrets),
            JsonValueKind.Number => Cut(value.GetRawText(), longest, secrets),
            _ => null,
        };
    }

    private static string? Cut(string? text, int longest, ReadOnlySpan<string> secrets)
    {
        if (string.IsNullOrEmpty(text)) return null;
        foreach (var secret in secrets) text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text.Length <= longest ? text : text[..longest];
    }
}
