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

    /// <summary>How it is spelled.</summary>
    public required AnswerWire Wire { get; init; }

    public override void WriteJson(IBufferWriter<byte> to, UsageShape shape)
    {
        using var json = new Utf8JsonWriter(to, SimulatorJson.Wire);
        Wire.WriteWhole(json, this, shape);
    }

    public override byte[] ErrorBody(SimulatorScript script) => Wire.Error(script, this);
}
