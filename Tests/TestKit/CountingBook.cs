using System.Runtime.CompilerServices;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Counts what is read of another book.</summary>
internal sealed class CountingBook(IBook inner) : IBook
{
    /// <summary>Entries that were read, by number or in a row.</summary>
    public long Reads { get; set; }

    public Task<long> CountAsync(string tenantId, CancellationToken cancellationToken) => inner.CountAsync(tenantId, cancellationToken);

    public Task<AppendOutcome> AppendAsync(string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken) =>
        inner.AppendAsync(tenantId, expectedCount, entries, cancellationToken);

    public Task<RawEntry?> FindAsync(string tenantId, long seq, CancellationToken cancellationToken)
    {
        Reads++;
        return inner.FindAsync(tenantId, seq, cancellationToken);
    }

    public async IAsyncEnumerable<RawEntry> ReadAsync(string tenantId, long firstSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in inner.ReadAsync(tenantId, firstSeq, cancellationToken))
        {
            Reads++;
            yield return entry;
        }
    }
}
