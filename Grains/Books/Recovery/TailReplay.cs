namespace OrleansGateway;

/// <summary>
/// Gives a store back the entries that it lost, from an activation's memory. Compare-and-append keeps it safe: two activations that know
/// the same entries write the same bytes in the same place, and the next append decides between them.
/// </summary>
internal static class TailReplay
{
    private const int EntriesPerAppend = 1_000;

    /// <summary>Null when the book is again as long as the tail; otherwise why it cannot be.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer: worth repeating with the count it has then.</exception>
    public static async Task<string?> TryAsync(IBook book, string tenantId, BookTail tail, long known, long found)
    {
        if (tail.LastSeq != known || tail.FirstSeq > Math.Max(1, found)) return "more is lost than this process remembers";
        if (found > 0 && !await HasAsync(book, tenantId, found, tail.At(found)!.Value)) return $"entry {found} in the store is another one than was written";

        foreach (var lost in tail.After(found).ToArray().Chunk(EntriesPerAppend))
        {
            var outcome = await book.AppendAsync(tenantId, found, lost, CancellationToken.None);
            if (!outcome.Appended) return $"the store's book changed meanwhile and has {outcome.Count} entries";
            found += lost.Length;
        }
        return null;
    }

    /// <summary>Whether the store has these bytes as entry <paramref name="seq"/>.</summary>
    public static async Task<bool> HasAsync(IBook book, string tenantId, long seq, ReadOnlyMemory<byte> bytes)
    {
        await foreach (var raw in book.ReadAsync(tenantId, seq, CancellationToken.None)) return raw.Bytes.Span.SequenceEqual(bytes.Span);
        return false;
    }
}
