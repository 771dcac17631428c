using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Chat completions.</summary>
internal sealed class ChatWire : AnswerWire
{
    public static readonly ChatWire Instance = new();

    public override string IdPrefix => "chatcmpl-sim";

    public override bool EndsWithDone => true;

    /// <summary>The texts of several choices take turns.</summary>
    public override IEnumerable<ChatChunk> Chunks(ChatAnswer answer, SimulatorScript script)
    {
        foreach (var choice in answer.Choices)
        {
            yield return new ChatChunk(ChatChunkKind.Role, choice, default);
        }

        foreach (var choice in answer.Choices.Where(choice => choice.Tool is not null))
        {
            yield return new ChatChunk(ChatChunkKind.Tool, choice, new Piece("", choice.NameTokens));
        }

        for (var i = 0; i < answer.Choices.Max(choice => choice.Pieces.Count); i++)
        {
            foreach (var choice in answer.Choices)
            {
                if (i < choice.Pieces.Count)
                {
                    yield return new ChatChunk(ChatChunkKind.Text, choice, choice.Pieces[i]);
                }
            }
        }

        foreach (var choice in answer.Choices)
        {
            yield return new ChatChunk(ChatChunkKind.Finish, choice, default);
        }

        if (answer.IncludeUsage && script.Usage != UsageShape.Missing)
        {
            if (script.Usage == UsageShape.Twice)
            {
                yield return new ChatChunk(ChatChunkKind.FirstOfTwoUsages, null, default);
            }

            yield return new ChatChunk(ChatChunkKind.Usage, null, default);
        }
    }

    public override void WriteWhole(Utf8JsonWriter json, ChatAnswer answer, UsageShape shape)
    {
        ChatJson.Begin(json, answer, "chat.completion");
        json.WriteStartArray("choices");
        foreach (var choice in answer.Choices)
        {
            ChatJson.WriteChoice(json, choice);
        }

        json.WriteEndArray();
        if (shape == UsageShape.Twice)
        {
            json.WritePropertyName("usage");
            UsageWriter.Write(json, UsageWriter.Half(answer.Usage), answer.Cap, UsageShape.Normal);
        }

        if (shape != UsageShape.Missing)
        {
            json.WritePropertyName("usage");
            UsageWriter.Write(json, answer.Usage, answer.Cap, shape);
        }

        json.WriteEndObject();
    }

    public override string? WriteEvent(Utf8JsonWriter json, ChatAnswer answer, StreamedEvent one)
    {
        ChatJson.WriteChunk(json, answer, one.Chunk, one.SoFar, one.Padding, one.Shape);
        return null;
    }
}
