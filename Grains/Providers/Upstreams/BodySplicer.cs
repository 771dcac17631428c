using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Makes the upstream's body of the caller's with the fewest changes: the model's upstream name, the output limit that the hold covers, and
/// usage at the end of a stream that would not tell it otherwise. Every byte that need not change stays as the caller wrote it.
/// </summary>
internal static class BodySplicer
{
    private static ReadOnlySpan<byte> IncludeUsage => "{\"include_usage\":true}"u8;

    /// <summary>The body in the parts that make it up; one part, the caller's own memory, when nothing changes.</summary>
    public static ReadOnlyMemory<byte>[] Splice(UpstreamRequest request, string upstreamModel, int? outputLimit)
    {
        var body = request.Body;
        var edits = default(List<Edit>);
        var inserted = "";

        if (request.Model.IsEmpty) inserted += $"\"model\":{Quoted(upstreamModel)},";
        else if (!IsQuoted(body.Span.Slice(request.Model.Start, request.Model.Length), upstreamModel))
            (edits ??= []).Add(new Edit(request.Model.Start, request.Model.Length, Encoding.UTF8.GetBytes(Quoted(upstreamModel))));

        if (outputLimit is { } limit)
        {
            var digits = limit.ToString(CultureInfo.InvariantCulture);
            if (request.NullOutputLimit.IsEmpty) inserted += $"\"{Dialect.Of(request.Api).OutputLimit}\":{digits},";
            else (edits ??= []).Add(new Edit(request.NullOutputLimit.Start, request.NullOutputLimit.Length, Encoding.UTF8.GetBytes(digits)));
        }

        if (request is { Stream: true, IncludeUsage: false, Api: UpstreamApi.Chat })
        {
            if (request.StreamOptions.IsEmpty) inserted += "\"stream_options\":{\"include_usage\":true},";
            else if (AskForUsage(body.Span, request.StreamOptions) is { } edit) (edits ??= []).Add(edit);
        }

        if (inserted.Length > 0) (edits ??= []).Add(AfterBrace(body.Span, 0, inserted));
        return edits is null ? [body] : Apply(body, edits);
    }

    private static ReadOnlyMemory<byte>[] Apply(ReadOnlyMemory<byte> body, List<Edit> edits)
    {
        edits.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        var parts = new ReadOnlyMemory<byte>[2 * edits.Count + 1];
        var position = 0;
        for (var i = 0; i < edits.Count; i++)
        {
            parts[2 * i] = body[position..edits[i].Start];
            parts[2 * i + 1] = edits[i].Text;
            position = edits[i].Start + edits[i].Length;
        }
        parts[^1] = body[position..];
        return parts;
    }

    /// <summary>The edit that makes a <c>stream_options</c> value ask for usage and leaves its other members, or null when it asks already.</summary>
    private static Edit? AskForUsage(ReadOnlySpan<byte> body, ByteRange range)
    {
        var value = body.Slice(range.Start, range.Length);
        if (value[0] != (byte)'{') return new Edit(range.Start, range.Length, IncludeUsage.ToArray());

        var reader = new Utf8JsonReader(value);
        reader.Read();
        var member = default(Edit?);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var asked = reader.TokenType == JsonTokenType.True;
            reader.Skip();
            // The last of two members of one name is the one that counts.
            if (isUsage) member = new Edit(range.Start + start, asked ? 0 : (int)reader.BytesConsumed - start, asked ? [] : "true"u8.ToArray());
        }
        return member switch
        {
            null => AfterBrace(body, range.Start, "\"include_usage\":true,"),
            { Length: 0 } => null,
            _ => member,
        };
    }

    /// <summary>Inserts members, each with a comma behind it, as an object's first; the last comma goes when the object was empty.</summary>
    private static Edit AfterBrace(ReadOnlySpan<byte> body, int from, string members)
    {
        var start = from + body[from..].IndexOf((byte)'{') + 1;
        var next = body[start..].IndexOfAnyExcept(" \t\r\n"u8);
        var isEmpty = next >= 0 && body[start + next] == (byte)'}';
        return new Edit(start, 0, Encoding.UTF8.GetBytes(isEmpty ? members[..^1] : members));
    }

    private static bool IsQuoted(ReadOnlySpan<byte> value, string text) =>
        value.Length == text.Length + 2 && value[0] == (byte)'"' && Ascii.Equals(value[1..^1], text);

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private readonly record struct Edit(int Start, int Length, byte[] Text);
}
