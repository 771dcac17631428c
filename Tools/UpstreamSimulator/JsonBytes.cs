using System.Buffers;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>JSON as bytes.</summary>
internal static class JsonBytes
{
    public static byte[] Of(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, SimulatorJson.Wire)) write(json);
        return buffer.WrittenSpan.ToArray();
    }
}
