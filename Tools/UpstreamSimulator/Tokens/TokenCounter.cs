using System.Collections.Concurrent;
using Microsoft.ML.Tokenizers;

namespace OrleansGateway.Simulator;

/// <summary>Counts tokens as OpenAI's newer models do, and remembers the texts it has counted.</summary>
internal static class TokenCounter
{
    private const int CachedCharacters = 8_000_000;

    // What has no place where its tokens surely part takes the tokenizer time by the square of its length.
    private const int LongestRun = 256;
    private static readonly Lazy<TiktokenTokenizer> Tokenizer = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));
    private static readonly ConcurrentDictionary<string, int> Known = new(StringComparer.Ordinal);
    private static int _characters;

    public static int Count(string text)
    {
        if (text.Length == 0)
        {
            return 0;
        }

        if (Known.TryGetValue(text, out var known))
        {
            return known;
        }

        var count = CountInPieces(text);
        if (Interlocked.Add(ref _characters, text.Length) > CachedCharacters)
        {
            Known.Clear();
            Interlocked.Exchange(ref _characters, text.Length);
        }

        Known.TryAdd(text, count);
        return count;
    }

    /// <summary>A run that is longer than any in a text that somebody would write is counted in pieces, and may so have a token more at each cut.</summary>
    private static int CountInPieces(string text)
    {
        var (count, start, run) = (0, 0, 0);
        for (var i = 1; i < text.Length; i++)
        {
            if (IsBetweenTokens(text[i - 1], text[i]))
            {
                run = i;
            }

            if (i - run < LongestRun || char.IsLowSurrogate(text[i]))
            {
                continue;
            }

            count += Tokenizer.Value.CountTokens(text.AsSpan(start, i - start));
            (start, run) = (i, i);
        }

        return count + Tokenizer.Value.CountTokens(text.AsSpan(start));
    }

    // An apostrophe may go on a word.
    private static bool IsBetweenTokens(char before, char after) =>
        char.IsAsciiLetterOrDigit(before) && char.IsAscii(after) && !char.IsAsciiLetterOrDigit(after) && after != '\'';

    /// <summary>The text cut where its tokens meet; a character made of several tokens stays whole.</summary>
    public static IEnumerable<Piece> Split(string text)
    {
        var tokens = Tokenizer.Value.EncodeToTokens(text, out _);
        var start = 0;
        var count = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            count++;
            var end = i + 1 < tokens.Count ? tokens[i + 1].Offset.Start.Value : text.Length;
            if (end > start && (end == text.Length || !char.IsLowSurrogate(text[end])))
            {
                yield return new Piece(text[start..end], count);
                (start, count) = (end, 0);
            }
        }
    }
}
