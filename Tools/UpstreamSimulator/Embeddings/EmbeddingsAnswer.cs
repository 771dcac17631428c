using System.Buffers;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>The vectors of one embeddings request.</summary>
internal sealed class EmbeddingsAnswer : Answer
{
    public required IReadOnlyList<ulong> Seeds { get; init; }

    public required int Dimensions { get; init; }

    public required bool Base64 { get; init; }

    public override void WriteJson(IBufferWriter<byte> to, UsageShape shape)
    {
        using var json = new Utf8JsonWriter(to, SimulatorJson.Wire);
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        for (var i = 0; i < Seeds.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object", "embedding");
            json.WriteNumber("index", i);
            WriteVector(json, EmbeddingVector.For(Seeds[i], Dimensions));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model", Model);
        if (shape != UsageShape.Missing)
        {
            json.WriteStartObject("usage");
            json.WriteNumber(shape == UsageShape.InputOutputSpelling ? "input_tokens" : "prompt_tokens", shape == UsageShape.Negative ? -Usage.Input : Usage.Input);
            json.WriteNumber("total_tokens", Usage.Input + (shape == UsageShape.WrongSum ? 7 : 0));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void WriteVector(Utf8JsonWriter json, float[] vector)
    {
        if (Base64)
        {
            json.WriteBase64String("embedding", System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(vector));
            return;
        }

        json.WriteStartArray("embedding");
        foreach (var part in vector)
        {
            json.WriteNumberValue(part);
        }

        json.WriteEndArray();
    }
}
