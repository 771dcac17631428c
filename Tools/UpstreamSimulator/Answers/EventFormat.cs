using System.Buffers;
using System.Text;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Puts JSON into server-sent events, in the spelling the script asks for.</summary>
internal sealed class EventFormat(SimulatorScript script)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };
    private readonly byte[] _end = script.LineEnding switch { LineEnding.Crlf => "\r\n"u8.ToArray(), LineEnding.Cr => "\r"u8.ToArray(), _ => "\n"u8.ToArray() };
    private bool _begun;

    public void Write(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> data, string? name = null, bool last = false)
    {
        if (!_begun && script.Bom)
        {
            to.Write("\uFEFF"u8);
        }

        _begun = true;
        if (script.Comments)
        {
            to.Write(": keep-alive"u8);
            to.Write(_end);
            to.Write(_end);
        }

        if (name is not null)
        {
            to.Write(Encoding.UTF8.GetBytes("event: " + name));
            to.Write(_end);
        }

        if (script.MultiLineData && data[0] == (byte)'{')
        {
            using var json = JsonDocument.Parse(data.ToArray());
            var pretty = JsonSerializer.SerializeToUtf8Bytes(json.RootElement, Indented);
            foreach (var line in pretty.AsSpan().Split((byte)'\n'))
            {
                WriteLine(to, pretty.AsSpan(line));
            }
        }
        else
        {
            WriteLine(to, data);
        }

        if (!(last && script.OmitLastBlankLine))
        {
            to.Write(_end);
        }
    }

    private void WriteLine(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> line)
    {
        to.Write(script.NoSpaceAfterColon ? "data:"u8 : "data: "u8);
        to.Write(line);
        to.Write(_end);
    }
}
