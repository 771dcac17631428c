using System.Buffers;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>A whole chat answer, to be sent as one JSON object or chunk by chunk.</summary>
internal sealed class ChatAnswer : Answer
{
    public required IReadOnlyList<ChatChoice> Choices { get; init; }

    public required bool IncludeUsage { get; init; }

    /// <summary>How many of the choices were asked for; the rest are free.</summary>
    public required int AskedFor { get; init; }

    /// <summary>The events in order; the texts of several choices take turns.</summary>
    public IEnumerable<ChatChunk> Chunks(UsageShape shape)
    {
        foreach (var choice in Choices)
        {
            yield return new ChatChunk(ChatChunkKind.Role, choice, default);
        }

        foreach (var choice in Choices.Where(choice => choice.Tool is not null))
        {
            yield return new ChatChunk(ChatChunkKind.Tool, choice, new Piece("", choice.NameTokens));
        }

        for (var i = 0; i < Choices.Max(choice => choice.Pieces.Count); i++)
        {
            foreach (var choice in Choices)
            {
                if (i < choice.Pieces.Count)
                {
                    yield return new ChatChunk(ChatChunkKind.Text, choice, choice.Pieces[i]);
                }
            }
        }

        foreach (var choice in Choices)
        {
            yield return new ChatChunk(ChatChunkKind.Finish, choice, default);
        }

        if (IncludeUsage && shape != UsageShape.Missing)
        {
            if (shape == UsageShape.Twice)
            {
                yield return new ChatChunk(ChatChunkKind.FirstOfTwoUsages, null, default);
            }

            yield return new ChatChunk(ChatChunkKind.Usage, null, default);
        }
    }

    public override void WriteJson(IBufferWriter<byte> to, UsageShape shape)
    {
        using var json = new Utf8JsonWriter(to, SimulatorJson.Wire);
        ChatJson.Begin(json, this, "chat.completion");
        json.WriteStartArray("choices");
        foreach (var choice in Choices)
        {
            ChatJson.WriteChoice(json, choice);
        }

        json.WriteEndArray();
        if (shape == UsageShape.Twice)
        {
            json.WritePropertyName("usage");
            UsageWriter.Write(json, UsageWriter.Half(Usage), Cap, UsageShape.Normal);
        }

        if (shape != UsageShape.Missing)
        {
            json.WritePropertyName("usage");
            UsageWriter.Write(json, Usage, Cap, shape);
        }

        json.WriteEndObject();
    }
}
