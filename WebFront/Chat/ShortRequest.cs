using System.Buffers;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>The short form's request: few fields, all of them strict, each with a default but <c>messages</c>.</summary>
internal static class ShortRequest
{
    private const int MaxModelLength = 256;
    private const int DefaultMaxTokens = 2048;

    /// <summary>The head of the chat completion that it stands for; null with the fault when it is wrong.</summary>
    public static RequestHead? Read(ReadOnlyMemory<byte> body, out GatewayError? fault) =>
        ToChatCompletion(body.Span, out fault) is { } full && ChatHeadReader.Read(full, out fault) is { } head ? head with { Form = AnswerForm.Short } : null;

    /// <summary>The chat completion that it stands for; null with the fault when it is wrong.</summary>
    public static byte[]? ToChatCompletion(ReadOnlySpan<byte> body, out GatewayError? fault)
    {
        try
        {
            return Build(body, out fault);
        }
        catch (Exception e) when (HeadReader.IsMalformed(e) is { } malformed)
        {
            fault = malformed;
            return null;
        }
    }

    private static byte[]? Build(ReadOnlySpan<byte> body, out GatewayError? fault)
    {
        var (model, messages, temperature, maxTokens, stream) = (default(ByteRange), default(ByteRange), default(ByteRange), DefaultMaxTokens, false);
        var fields = new HeadReader(body);
        if (fields.Open())
        {
            while (fields.Next())
            {
                if (fields.Is("model"u8)) model = Model(ref fields);
                else if (fields.Is("messages"u8)) messages = Raw(ref fields, "messages", JsonTokenType.StartArray, "must be an array of messages");
                else if (fields.Is("temperature"u8)) temperature = Temperature(ref fields);
                else if (fields.Is("max_tokens"u8)) maxTokens = fields.Whole("max_tokens", 1, int.MaxValue, out _) ?? Refused(ref fields, "max_tokens");
                else if (fields.Is("stream"u8)) stream = fields.Flag("stream") ?? Refused(ref fields, "stream") > 0;
                else fields.Refuse(Unsupported(fields.Name()));
            }

            if (fields.Fault is null && messages.IsEmpty) fields.Wrong("messages", "is missing: give an array of messages");
        }

        fault = fields.Fault;
        if (fault is not null) return null;

        var buffer = new ArrayBufferWriter<byte>(body.Length + 256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, "model"u8, model.IsEmpty ? "\"gpt-4.1\""u8 : Slice(body, model));
            Write(json, "messages"u8, Slice(body, messages));
            Write(json, "temperature"u8, temperature.IsEmpty ? "0.7"u8 : Slice(body, temperature));
            json.WriteNumber("max_tokens"u8, maxTokens);
            if (stream) json.WriteBoolean("stream"u8, true);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> raw)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(raw, skipInputValidation: true);
    }

    private static ByteRange Model(ref HeadReader fields)
    {
        if (string.IsNullOrEmpty(fields.Text("model", MaxModelLength, out var range))) fields.Wrong("model", "must be a model from GET /v1/models");
        return range;
    }

    private static ByteRange Temperature(ref HeadReader fields)
    {
        const string Rule = "must be a number from 0 to 2";
        var range = Raw(ref fields, "temperature", JsonTokenType.Number, Rule);
        if (fields.Fault is null && !(fields.Json.TryGetDouble(out var value) && value is >= 0 and <= 2)) fields.Wrong("temperature", Rule);
        return range;
    }

    private static ByteRange Raw(ref HeadReader fields, string name, JsonTokenType type, string what)
    {
        if (fields.Value() != type)
        {
            fields.Wrong(name, what);
            return default;
        }

        var start = fields.Json.TokenStartIndex;
        fields.Skip();
        return fields.Range(start);
    }

    private static int Refused(ref HeadReader fields, string name)
    {
        fields.Wrong(name, "must not be null: leave it out for its default");
        return 0;
    }

    private static GatewayError Unsupported(string name)
    {
        var shown = name.Length <= 64 ? name : name[..64];
        return new(GatewayErrorKind.UnsupportedParameter, $"The short form has no '{shown}'. Leave it out, or use POST /v1/chat/completions.", shown);
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> body, ByteRange range) => body.Slice(range.Start, range.Length);
}
