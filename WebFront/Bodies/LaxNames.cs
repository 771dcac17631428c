using System.Text;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Compares names of members as the laxest of upstreams does. Parsers written in Go (<c>encoding/json</c>) take a name in any case, a long s for an s and the sign
/// of the kelvin for a k among them, and of several the last: whatever is looked for must be found in all these forms, or it takes effect unseen.
/// </summary>
internal static class LaxNames
{
    private const char LongS = '\u017F';
    private const char KelvinSign = '\u212A';

    /// <summary>Whether the name that the reader stands on may be taken for this one.</summary>
    /// <param name="json">The reader.</param>
    /// <param name="name">A name of lower-case ASCII.</param>
    public static bool IsLike(in Utf8JsonReader json, ReadOnlySpan<byte> name)
    {
        var read = json.ValueSpan;
        if (read.Length == name.Length) return Ascii.EqualsIgnoreCase(read, name);
        // Escapes and the two signs are longer than what they stand for.
        return read.Length > name.Length && (json.ValueIsEscaped || !Ascii.IsValid(read))
            && Ascii.EqualsIgnoreCase(json.GetString()!.Replace(LongS, 's').Replace(KelvinSign, 'k'), name);
    }
}
