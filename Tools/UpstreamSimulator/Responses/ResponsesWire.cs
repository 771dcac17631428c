using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>OpenAI's responses: one item of output, and a last event that brings the whole answer with its usage.</summary>
internal sealed class ResponsesWire : AnswerWire
{
    public static readonly ResponsesWire Instance = new();

    public override string IdPrefix => "resp_sim";

    public override IEnumerable<ChatChunk> Chunks(ChatAnswer answer, SimulatorScript script)
    {
        var choice = answer.Choices[0];
        yield return new ChatChunk(ChatChunkKind.Begin, choice, default);
        yield return new ChatChunk(ChatChunkKind.Progress, choice, default);
        yield return new ChatChunk(ChatChunkKind.Role, choice, new Piece("", choice.NameTokens));
        if (choice.Tool is null) yield return new ChatChunk(ChatChunkKind.PartBegin, choice, default);
        foreach (var piece in choice.Pieces) yield return new ChatChunk(ChatChunkKind.Text, choice, piece);
        yield return new ChatChunk(ChatChunkKind.TextEnd, choice, default);
        if (choice.Tool is null) yield return new ChatChunk(ChatChunkKind.PartEnd, choice, default);
        yield return new ChatChunk(ChatChunkKind.Finish, choice, default);
        if (!script.OmitDone) yield return new ChatChunk(ChatChunkKind.Usage, null, default);
    }

    public override void WriteWhole(Utf8JsonWriter json, ChatAnswer answer, UsageShape shape) => WriteResponse(json, answer, IsCut(answer) ? "incomplete" : "completed", shape);

    public override string? WriteEvent(Utf8JsonWriter json, ChatAnswer answer, StreamedEvent one)
    {
        var choice = answer.Choices[0];
        var isTool = choice.Tool is not null;
        var name = one.Chunk.Kind switch
        {
            ChatChunkKind.Begin => "response.created",
            ChatChunkKind.Progress => "response.in_progress",
            ChatChunkKind.Role => "response.output_item.added",
            ChatChunkKind.PartBegin => "response.content_part.added",
            ChatChunkKind.Text => isTool ? "response.function_call_arguments.delta" : "response.output_text.delta",
            ChatChunkKind.TextEnd => isTool ? "response.function_call_arguments.done" : "response.output_text.done",
            ChatChunkKind.PartEnd => "response.content_part.done",
            ChatChunkKind.Finish => "response.output_item.done",
            _ => IsCut(answer) ? "response.incomplete" : "response.completed",
        };
        json.WriteStartObject();
        json.WriteString("type", name);
        json.WriteNumber("sequence_number", one.Number);
        switch (one.Chunk.Kind)
        {
            case ChatChunkKind.Begin or ChatChunkKind.Progress:
                json.WritePropertyName("response");
                WriteResponse(json, answer, "in_progress", UsageShape.Missing);
                break;
            case ChatChunkKind.Usage:
                json.WritePropertyName("response");
                WriteResponse(json, answer, IsCut(answer) ? "incomplete" : "completed", one.Shape);
                break;
            default:
                WritePart(json, answer, choice, one);
                break;
        }

        json.WriteEndObject();
        return name;
    }

    public override (string? Name, byte[] Data) ErrorEvent(SimulatorScript script, ChatAnswer answer)
    {
        var (type, code, message) = ErrorAnswers.Words(script);
        return ("error", JsonBytes.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("type", "error");
            json.WriteString("code", code ?? type);
            json.WriteString("message", message);
            json.WriteNull("param");
            json.WriteEndObject();
        }));
    }

    private static bool IsCut(ChatAnswer answer) => answer.Choices[0].FinishReason == "length";

    private static void WritePart(Utf8JsonWriter json, ChatAnswer answer, ChatChoice choice, StreamedEvent one)
    {
        json.WriteNumber("output_index", 0);
        if (one.Chunk.Kind is ChatChunkKind.Role or ChatChunkKind.Finish)
        {
            json.WritePropertyName("item");
            WriteItem(json, answer, choice, whole: one.Chunk.Kind == ChatChunkKind.Finish);
            return;
        }

        json.WriteString("item_id", ItemId(answer, choice));
        if (choice.Tool is null) json.WriteNumber("content_index", 0);
        switch (one.Chunk.Kind)
        {
            case ChatChunkKind.Text:
                json.WriteString("delta", one.Chunk.Piece.Text);
                if (one.Padding > 0) json.WriteString("obfuscation", new string('x', one.Padding));
                if (choice.Tool is null) WriteEmpty(json, "logprobs");
                break;
            case ChatChunkKind.TextEnd:
                json.WriteString(choice.Tool is null ? "text" : "arguments", choice.Text);
                if (choice.Tool is null) WriteEmpty(json, "logprobs");
                break;
            default:
                json.WritePropertyName("part");
                WriteText(json, one.Chunk.Kind == ChatChunkKind.PartEnd ? choice.Text : "");
                break;
        }
    }

    private static void WriteResponse(Utf8JsonWriter json, ChatAnswer answer, string status, UsageShape shape)
    {
        var isDone = status != "in_progress";
        json.WriteStartObject();
        json.WriteString("id", answer.Id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", answer.Created);
        json.WriteString("status", status);
        json.WriteNull("error");
        if (status == "incomplete")
        {
            json.WriteStartObject("incomplete_details");
            json.WriteString("reason", "max_output_tokens");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("incomplete_details");
        }

        json.WriteNull("instructions");
        json.WriteString("model", answer.Model);
        json.WriteStartArray("output");
        if (isDone) WriteItem(json, answer, answer.Choices[0], whole: true);
        json.WriteEndArray();
        json.WriteBoolean("parallel_tool_calls", true);
        json.WriteString("tool_choice", "auto");
        WriteEmpty(json, "tools");
        json.WriteStartObject("metadata");
        json.WriteEndObject();
        json.WritePropertyName("usage");
        if (isDone && shape != UsageShape.Missing) UsageWriter.Write(json, answer.Usage, answer.Cap, shape, inputOutputSpelling: true);
        else json.WriteNullValue();
        json.WriteEndObject();
    }

    private static void WriteItem(Utf8JsonWriter json, ChatAnswer answer, ChatChoice choice, bool whole)
    {
        json.WriteStartObject();
        json.WriteString("id", ItemId(answer, choice));
        json.WriteString("type", choice.Tool is null ? "message" : "function_call");
        json.WriteString("status", !whole ? "in_progress" : IsCut(answer) ? "incomplete" : "completed");
        if (choice.Tool is null)
        {
            json.WriteString("role", "assistant");
            json.WriteStartArray("content");
            if (whole) WriteText(json, choice.Text);
            json.WriteEndArray();
        }
        else
        {
            json.WriteString("call_id", choice.ToolId);
            json.WriteString("name", choice.Tool);
            json.WriteString("arguments", whole ? choice.Text : "");
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "output_text");
        json.WriteString("text", text);
        WriteEmpty(json, "annotations");
        json.WriteEndObject();
    }

    private static void WriteEmpty(Utf8JsonWriter json, string name)
    {
        json.WriteStartArray(name);
        json.WriteEndArray();
    }

    private static string ItemId(ChatAnswer answer, ChatChoice choice) => $"{(choice.Tool is null ? "msg" : "fc")}_{answer.Id}";
}
