using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Anthropic's messages: the input's usage at the beginning, the output's before the end.</summary>
internal sealed class MessagesWire : AnswerWire
{
    public static readonly MessagesWire Instance = new();

    public override string IdPrefix => "msg_sim";

    public override IEnumerable<ChatChunk> Chunks(ChatAnswer answer, SimulatorScript script)
    {
        var choice = answer.Choices[0];
        yield return new ChatChunk(ChatChunkKind.Begin, choice, default);
        yield return new ChatChunk(ChatChunkKind.Role, choice, new Piece("", choice.NameTokens));
        yield return new ChatChunk(ChatChunkKind.Progress, choice, default);
        foreach (var piece in choice.Pieces) yield return new ChatChunk(ChatChunkKind.Text, choice, piece);
        yield return new ChatChunk(ChatChunkKind.TextEnd, choice, default);
        if (script.Usage == UsageShape.Twice) yield return new ChatChunk(ChatChunkKind.FirstOfTwoUsages, null, default);
        yield return new ChatChunk(ChatChunkKind.Usage, null, default);
        if (!script.OmitDone) yield return new ChatChunk(ChatChunkKind.End, null, default);
    }

    public override void WriteWhole(Utf8JsonWriter json, ChatAnswer answer, UsageShape shape) => WriteMessage(json, answer, shape, whole: true);

    public override string? WriteEvent(Utf8JsonWriter json, ChatAnswer answer, StreamedEvent one)
    {
        var name = one.Chunk.Kind switch
        {
            ChatChunkKind.Begin => "message_start",
            ChatChunkKind.Progress => "ping",
            ChatChunkKind.Role => "content_block_start",
            ChatChunkKind.Text => "content_block_delta",
            ChatChunkKind.TextEnd => "content_block_stop",
            ChatChunkKind.End => "message_stop",
            _ => "message_delta",
        };
        json.WriteStartObject();
        json.WriteString("type", name);
        if (one.Chunk.Kind is ChatChunkKind.Role or ChatChunkKind.Text or ChatChunkKind.TextEnd) json.WriteNumber("index", 0);
        switch (one.Chunk.Kind)
        {
            case ChatChunkKind.Begin:
                json.WritePropertyName("message");
                WriteMessage(json, answer, one.Shape, whole: false);
                break;
            case ChatChunkKind.Role:
                json.WritePropertyName("content_block");
                WriteBlock(json, answer.Choices[0], whole: false);
                break;
            case ChatChunkKind.Text:
                WriteDelta(json, answer.Choices[0], one);
                break;
            case ChatChunkKind.Usage or ChatChunkKind.FirstOfTwoUsages:
                json.WriteStartObject("delta");
                json.WriteString("stop_reason", StopReason(answer));
                json.WriteNull("stop_sequence");
                json.WriteEndObject();
                WriteUsage(json, one.Chunk.Kind == ChatChunkKind.Usage ? answer.Usage : UsageWriter.Half(answer.Usage), answer.Cap, one.Shape, withInput: false);
                break;
        }

        json.WriteEndObject();
        return name;
    }

    public override byte[] Error(SimulatorScript script, ChatAnswer answer)
    {
        var (type, _, message) = ErrorAnswers.Words(script);
        return AnthropicErrors.Body(
            script.ErrorType ?? AnthropicErrors.TypeOf(script.Status ?? 500, type),
            message,
            script.UsageInError ? json => WriteUsage(json, answer.Usage, answer.Cap, UsageShape.Normal, withInput: true) : null);
    }

    public override (string? Name, byte[] Data) ErrorEvent(SimulatorScript script, ChatAnswer answer) => ("error", Error(script, answer));

    private static void WriteMessage(Utf8JsonWriter json, ChatAnswer answer, UsageShape shape, bool whole)
    {
        json.WriteStartObject();
        json.WriteString("id", answer.Id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", answer.Model);
        json.WriteStartArray("content");
        if (whole) WriteBlock(json, answer.Choices[0], whole: true);
        json.WriteEndArray();
        json.WriteString("stop_reason", whole ? StopReason(answer) : null);
        json.WriteNull("stop_sequence");
        WriteUsage(
            json,
            whole ? answer.Usage : answer.Usage with { Output = Math.Min(1, answer.Usage.Output), Reasoning = 0 },
            answer.Cap,
            whole || shape == UsageShape.Missing ? shape : UsageShape.Normal,
            withInput: true);
        json.WriteEndObject();
    }

    private static void WriteBlock(Utf8JsonWriter json, ChatChoice choice, bool whole)
    {
        json.WriteStartObject();
        if (choice.Tool is null)
        {
            json.WriteString("type", "text");
            json.WriteString("text", whole ? choice.Text : "");
        }
        else
        {
            json.WriteString("type", "tool_use");
            json.WriteString("id", choice.ToolId);
            json.WriteString("name", choice.Tool);
            json.WritePropertyName("input");
            json.WriteRawValue(whole && choice.FinishReason != "length" ? choice.Text : "{}");
        }

        json.WriteEndObject();
    }

    private static void WriteDelta(Utf8JsonWriter json, ChatChoice choice, StreamedEvent one)
    {
        json.WriteStartObject("delta");
        json.WriteString("type", choice.Tool is null ? "text_delta" : "input_json_delta");
        json.WriteString(choice.Tool is null ? "text" : "partial_json", one.Chunk.Piece.Text);
        json.WriteEndObject();
        if (one.Padding > 0) json.WriteString("padding", new string('x', one.Padding));
    }

    private static string StopReason(ChatAnswer answer) => answer.Choices[0].FinishReason switch
    {
        "length" => "max_tokens",
        "tool_calls" => "tool_use",
        _ => "end_turn",
    };

    /// <summary>What was read from the cache is not in <c>input_tokens</c>.</summary>
    private static void WriteUsage(Utf8JsonWriter json, UsageTokens tokens, int? cap, UsageShape shape, bool withInput)
    {
        if (shape == UsageShape.Missing) return;
        json.WriteStartObject("usage");
        if (withInput)
        {
            json.WriteNumber("input_tokens", tokens.Input - tokens.Cached);
            json.WriteNumber("cache_creation_input_tokens", 0);
            json.WriteNumber("cache_read_input_tokens", tokens.Cached);
        }

        if (shape == UsageShape.Fractional) json.WriteNumber("output_tokens", tokens.Output + 0.5m);
        else json.WriteNumber("output_tokens", UsageWriter.OutputOf(tokens, cap, shape));
        json.WriteEndObject();
    }
}
