using System.Text;
using CsCheck;

namespace OrleansGateway.Tests.Unit.Providers;

public sealed class SseReaderTests
{
    public static TheoryData<string, string[]> Framings => new()
    {
        { "data: a\n\ndata: b\n\n", ["a", "b"] },
        { "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"] },
        { "data: a\r\rdata: b\r\r", ["a", "b"] },
        { "data: a\r\n\ndata: b\n\r\n", ["a", "b"] },
        { "\uFEFFdata: a\n\n", ["a"] },
        { ": a comment\n\ndata: a\n: another\n\n", ["", "a"] },
        { "data: one\ndata: two\ndata\ndata:  three\n\n", ["one\ntwo\n\n three"] },
        { "\uFEFFdata: one\r\nevent: x\r\ndata:two\r\n\r\n", ["one\ntwo"] },
        { "data:a\n\ndata:  b\n\n", ["a", " b"] },
        { "event: message\nid: 7\ndata: a\nretry: 5\n\n", ["a"] },
        { "database: no\ndata: grüße 😀\n\n", ["grüße 😀"] },
        { "\n\n\ndata: a\n\n", ["", "", "", "a"] },
        { "data: a\n\ndata: never ended\n", ["a"] },
        { "data: a\n\ndata: [DONE]\n\n", ["a", "[DONE]"] },
    };

    [Theory, MemberData(nameof(Framings))]
    public void Events_are_the_same_wherever_their_bytes_are_split(string text, string[] data)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var whole = Read([bytes]);
        Assert.Equal(data, whole.Select(e => e.Data));
        Assert.Equal(whole, Read(bytes.Select(b => new[] { b })));
        for (var i = 1; i < bytes.Length; i++) Assert.Equal(whole, Read([bytes[..i], bytes[i..]]));
    }

    [Theory, MemberData(nameof(Framings))]
    public void No_byte_of_an_event_is_lost_or_changed(string text, string[] data)
    {
        var raw = string.Concat(Read([Encoding.UTF8.GetBytes(text)]).Select(e => e.Raw));
        Assert.StartsWith(raw, text, StringComparison.Ordinal);
        Assert.Equal(data.Length, Read([Encoding.UTF8.GetBytes(raw)]).Count);
    }

    [Fact]
    public void Random_streams_give_the_same_events_however_they_arrive() =>
        Gen.Select(
            Gen.OneOf("data", "data: ", "data:x", ":", "\r", "\n", "\r\n", "\n\n", "\r\n\r\n", "é", "event: e", "\uFEFF").Array[0, 30],
            Gen.Int[1, 9].Array[0, 60])
        .Sample((parts, cuts) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(parts));
            var pieces = new List<byte[]>();
            var at = 0;
            foreach (var cut in cuts)
            {
                if (at + cut >= bytes.Length) break;
                pieces.Add(bytes[at..(at + cut)]);
                at += cut;
            }
            pieces.Add(bytes[at..]);
            var whole = Read([bytes]);
            Assert.Equal(whole, Read(pieces));
            Assert.StartsWith(string.Concat(whole.Select(e => e.Raw)), Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        });

    [Theory]
    [InlineData("data: 0123456789\n\n", true)]
    [InlineData("data: 0123456789012345678901234567890123456789", true)]
    [InlineData("data: 1\n\ndata: 2\n\ndata: 3\n\n", false)]
    public void An_event_larger_than_allowed_stops_the_reading(string text, bool oversized)
    {
        foreach (var size in new[] { 1, 3, 100 })
        {
            using var reader = new SseReader(maxEventBytes: 12);
            Feed(reader, Encoding.UTF8.GetBytes(text).Chunk(size), []);
            Assert.Equal(oversized, reader.IsOversized);
        }
    }

    [Fact]
    public void Data_on_one_line_is_found_within_the_events_bytes()
    {
        using var reader = new SseReader();
        var bytes = "id: 1\ndata: abc\n\n"u8;
        bytes.CopyTo(reader.GetMemory().Span);
        reader.Advance(bytes.Length);
        Assert.True(reader.TryRead(out var next));
        Assert.Equal("abc", Encoding.UTF8.GetString(reader.Slice(next.Start, next.End).Slice(next.DataOffset, 3)));
    }

    private static List<(string Raw, string Data)> Read(IEnumerable<byte[]> pieces)
    {
        using var reader = new SseReader();
        var events = new List<(string, string)>();
        Feed(reader, pieces, events);
        return events;
    }

    private static void Feed(SseReader reader, IEnumerable<byte[]> pieces, List<(string, string)> events)
    {
        foreach (var piece in pieces.Where(piece => piece.Length > 0).Append([]))
        {
            var rest = piece;
            do
            {
                var memory = reader.GetMemory();
                var count = Math.Min(memory.Length, rest.Length);
                rest.AsMemory(0, count).CopyTo(memory);
                rest = rest[count..];
                reader.Advance(count);
                while (reader.TryRead(out var next))
                    events.Add((Encoding.UTF8.GetString(reader.Slice(next.Start, next.End)), Encoding.UTF8.GetString(next.Data)));
            }
            while (rest.Length > 0);
        }
    }
}
