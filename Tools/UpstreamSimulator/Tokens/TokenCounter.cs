using System.Collections.Concurrent;
using Microsoft.ML.Tokenizers;

namespace OrleansGateway.Simulator;

/// <summary>Counts tokens as OpenAI's newer models do, and remembers the texts it has counted.</summary>
internal static class TokenCounter
{
    private const int CachedCharacters = 8_000_000;
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

        var count = Tokenizer.Value.CountTokens(text);
        if (Interlocked.Add(ref _characters, text.Length) > CachedCharacters)
        {
            Known.Clear();
            Interlocked.Exchange(ref _characters, text.Length);
        }

        Known.TryAdd(text, count);
        return count;
    }

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
