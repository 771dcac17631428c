using System.Text;

namespace OrleansGateway.Tests.TestKit;

/// <summary>One span as it was exported. Times in nanoseconds since 1970.</summary>
internal sealed record SpanSeen(string TraceId, string Id, string Parent, string Source, string Name, long Start, long End)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The spans of an OTLP request of traces, read by the numbers of its fields.</summary>
    public static IEnumerable<SpanSeen> Parse(byte[] request)
    {
        foreach (var resource in Wire.Read(request).Where(field => field.Number == 1))
            foreach (var scope in Wire.Read(resource.Bytes).Where(field => field.Number == 2))
            {
                var fields = Wire.Read(scope.Bytes).ToList();
                var source = fields.Where(field => field.Number == 1).SelectMany(field => Wire.Read(field.Bytes)).FirstOrDefault(field => field.Number == 1).Text;
                foreach (var span in fields.Where(field => field.Number == 2)) yield return Of(source, Wire.Read(span.Bytes).ToList());
            }
    }

    private static SpanSeen Of(string source, List<Wire> fields)
    {
        Wire One(int number) => fields.FirstOrDefault(field => field.Number == number);
        var tags = new Dictionary<string, string>();
        foreach (var tag in fields.Where(field => field.Number == 9).Select(field => Wire.Read(field.Bytes).ToList()))
            tags[tag.First(part => part.Number == 1).Text] = Wire.Read(tag.First(part => part.Number == 2).Bytes).FirstOrDefault() switch
            {
                { Number: 1 } text => text.Text,
                var number => $"{number.Value}",
            };
        return new SpanSeen(One(1).Hex, One(2).Hex, One(4).Hex, source, One(5).Text, One(7).Value, One(8).Value) { Tags = tags };
    }

    /// <summary>One field of a message in protocol buffers.</summary>
    private readonly record struct Wire(int Number, long Value, byte[] Bytes)
    {
        public string Text => Bytes is null ? "" : Encoding.UTF8.GetString(Bytes);

        public string Hex => Bytes is null ? "" : Convert.ToHexStringLower(Bytes);

        public static IEnumerable<Wire> Read(byte[] message)
        {
            for (var at = 0; at < message.Length;)
            {
                var key = Varint(message, ref at);
                switch (key & 7)
                {
                    case 0:
                        yield return new Wire((int)(key >> 3), Varint(message, ref at), []);
                        break;
                    case 1:
                        yield return new Wire((int)(key >> 3), BitConverter.ToInt64(message, at), []);
                        at += 8;
                        break;
                    case 2:
                        var length = (int)Varint(message, ref at);
                        yield return new Wire((int)(key >> 3), 0, message[at..(at + length)]);
                        at += length;
                        break;
                    case 5:
                        at += 4;
                        break;
                    default:
                        throw new InvalidDataException($"Wire type {key & 7}");
                }
            }
        }

        private static long Varint(byte[] message, ref int at)
        {
            var value = 0L;
            for (var shift = 0; ; shift += 7)
            {
                var next = message[at++];
                value |= (long)(next & 0x7F) << shift;
                if (next < 0x80) return value;
            }
        }
    }
}
