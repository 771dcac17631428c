using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// How the callers of a route are told no: the body of a response, and the last event of a stream that breaks. Status, code and headers are the
/// same everywhere; see <see cref="GatewayErrors"/>.
/// </summary>
internal abstract class ErrorShape
{
    public static readonly ErrorShape OpenAI = new OpenAIShape();
    public static readonly ErrorShape Responses = new ResponsesShape();
    public static readonly ErrorShape Anthropic = new AnthropicShape();

    /// <summary>A whole response's body.</summary>
    public byte[] Body(GatewayError error, string requestId) =>
        JsonAnswer.Bytes((shape: this, error, requestId), static (json, a) => a.shape.Write(json, a.error, a.requestId)).ToArray();

    /// <summary>The same as the last event of a stream that breaks.</summary>
    /// <param name="error">What is told.</param>
    /// <param name="requestId">The request.</param>
    /// <param name="events">The number that events of this stream have reached, where they are numbered.</param>
    public abstract byte[] Event(GatewayError error, string requestId, long events);

    protected abstract void Write(Utf8JsonWriter json, GatewayError error, string requestId);

    private static void WriteError(Utf8JsonWriter json, GatewayError error, string type)
    {
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, error.Message);
        json.WriteString("type"u8, type);
        json.WriteString("param"u8, error.Param);
        json.WriteString("code"u8, error.Code);
        json.WriteEndObject();
    }

    /// <summary>All four keys, always.</summary>
    private class OpenAIShape : ErrorShape
    {
        public override byte[] Event(GatewayError error, string requestId, long events) => [.. "data: "u8, .. Body(error, requestId), .. "\n\n"u8];

        protected override void Write(Utf8JsonWriter json, GatewayError error, string requestId)
        {
            json.WriteStartObject();
            WriteError(json, error, GatewayErrors.Of(error.Kind).Type);
            json.WriteEndObject();
        }
    }

    /// <summary>
    /// OpenAI's; an event of its responses has the error's members in itself, and here once more inside, where its clients look for what went wrong.
    /// </summary>
    private sealed class ResponsesShape : OpenAIShape
    {
        public override byte[] Event(GatewayError error, string requestId, long events)
        {
            var data = JsonAnswer.Bytes((error, events), static (json, a) =>
            {
                json.WriteStartObject();
                json.WriteString("type"u8, "error"u8);
                json.WriteString("code"u8, a.error.Code);
                json.WriteString("message"u8, a.error.Message);
                json.WriteString("param"u8, a.error.Param);
                json.WriteNumber("sequence_number"u8, a.events);
                WriteError(json, a.error, GatewayErrors.Of(a.error.Kind).Type);
                json.WriteEndObject();
            });
            return [.. "event: error\ndata: "u8, .. data.Span, .. "\n\n"u8];
        }
    }

    /// <summary>Anthropic's, with the gateway's own code and the field at fault beside type and message.</summary>
    private sealed class AnthropicShape : ErrorShape
    {
        public override byte[] Event(GatewayError error, string requestId, long events) => [.. "event: error\ndata: "u8, .. Body(error, requestId), .. "\n\n"u8];

        protected override void Write(Utf8JsonWriter json, GatewayError error, string requestId)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "error"u8);
            json.WriteStartObject("error"u8);
            json.WriteString("type"u8, TypeOf(error.Kind));
            json.WriteString("message"u8, error.Message);
            json.WriteString("param"u8, error.Param);
            json.WriteString("code"u8, error.Code);
            json.WriteEndObject();
            json.WriteString("request_id"u8, requestId);
            json.WriteEndObject();
        }

        private static string TypeOf(GatewayErrorKind kind) => (kind, GatewayErrors.Of(kind).Status) switch
        {
            (GatewayErrorKind.InsufficientQuota, _) => "billing_error",
            (_, 401) => "authentication_error",
            (_, 403) => "permission_error",
            (_, 404) => "not_found_error",
            (_, 413) => "request_too_large",
            (_, 429) => "rate_limit_error",
            (_, 503) => "overloaded_error",
            (_, 504) => "timeout_error",
            (_, >= 500) => "api_error",
            _ => "invalid_request_error",
        };
    }
}
