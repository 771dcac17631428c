using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Spells chat answers and chunks as OpenAI does.</summary>
internal static class ChatJson
{
    public static void Begin(Utf8JsonWriter json, ChatAnswer answer, string type)
    {
        json.WriteStartObject();
        json.WriteString("id", answer.Id);
        json.WriteString("object", type);
        json.WriteNumber("created", answer.Created);
        json.WriteString("model", answer.Model);
        json.WriteString("service_tier", "default");
        json.WriteString("system_fingerprint", "fp_simulator");
    }

    public static void WriteChoice(Utf8JsonWriter json, ChatChoice choice)
    {
        json.WriteStartObject();
        json.WriteNumber("index", choice.Index);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        if (choice.Tool is null)
        {
            json.WriteString("content", choice.Text);
        }
        else
        {
            json.WriteNull("content");
            json.WriteStartArray("tool_calls");
            WriteCall(json, choice, choice.Text, index: null);
            json.WriteEndArray();
        }

        json.WriteNull("refusal");
        json.WriteStartArray("annotations");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", choice.FinishReason);
        json.WriteEndObject();
    }

    /// <param name="json">Where to.</param>
    /// <param name="answer">The answer it is part of.</param>
    /// <param name="chunk">What it carries.</param>
    /// <param name="soFar">What a cumulative usage says, or null for none.</param>
    /// <param name="padding">Filler in the field OpenAI hides the length of its chunks with.</param>
    /// <param name="shape">How the usage is reported.</param>
    public static void WriteChunk(Utf8JsonWriter json, ChatAnswer answer, ChatChunk chunk, UsageTokens? soFar, int padding, UsageShape shape)
    {
        Begin(json, answer, "chat.completion.chunk");
        json.WriteStartArray("choices");
        if (chunk.Choice is { } choice)
        {
            json.WriteStartObject();
            json.WriteNumber("index", choice.Index);
            json.WriteStartObject("delta");
            WriteDelta(json, choice, chunk);
            json.WriteEndObject();
            json.WriteNull("logprobs");
            json.WriteString("finish_reason", chunk.Kind == ChatChunkKind.Finish ? choice.FinishReason : null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (answer.IncludeUsage && shape != UsageShape.Missing)
        {
            WriteUsage(json, answer, chunk.Kind, soFar, shape);
        }

        if (padding > 0)
        {
            json.WriteString("obfuscation", new string('x', padding));
        }

        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, ChatAnswer answer, ChatChunkKind kind, UsageTokens? soFar, UsageShape shape)
    {
        json.WritePropertyName("usage");
        if (kind == ChatChunkKind.Usage)
        {
            UsageWriter.Write(json, answer.Usage, answer.Cap, shape);
        }
        else if (kind == ChatChunkKind.FirstOfTwoUsages)
        {
            UsageWriter.Write(json, UsageWriter.Half(answer.Usage), answer.Cap, UsageShape.Normal);
        }
        else if (soFar is { } running)
        {
            UsageWriter.Write(json, running, answer.Cap, UsageShape.Normal);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void WriteDelta(Utf8JsonWriter json, ChatChoice choice, ChatChunk chunk)
    {
        if (chunk.Kind == ChatChunkKind.Role)
        {
            json.WriteString("role", "assistant");
            json.WriteString("content", choice.Tool is null ? "" : null);
            json.WriteNull("refusal");
        }
        else if (chunk.Kind == ChatChunkKind.Text && choice.Tool is null)
        {
            json.WriteString("content", chunk.Piece.Text);
        }
        else if (chunk.Kind == ChatChunkKind.Tool)
        {
            json.WriteStartArray("tool_calls");
            WriteCall(json, choice, "", index: 0);
            json.WriteEndArray();
        }
        else if (chunk.Kind == ChatChunkKind.Text)
        {
            json.WriteStartArray("tool_calls");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("function");
            json.WriteString("arguments", chunk.Piece.Text);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }
    }

    private static void WriteCall(Utf8JsonWriter json, ChatChoice choice, string arguments, int? index)
    {
        json.WriteStartObject();
        if (index is { } number)
        {
            json.WriteNumber("index", number);
        }

        json.WriteString("id", choice.ToolId);
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", choice.Tool);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
