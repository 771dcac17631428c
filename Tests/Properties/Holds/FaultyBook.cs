using System.Runtime.CompilerServices;

namespace OrleansGateway.Tests.Properties.Holds;

/// <summary>What becomes of an append's acknowledgement.</summary>
internal enum AppendFault
{
    None,

    /// <summary>It lands, and nobody hears of it.</summary>
    ReplyLost,

    /// <summary>It never lands.</summary>
    Lost,

    /// <summary>It has not landed when the writer gives up; it may later.</summary>
    Late,
}

/// <summary>A store whose next append goes wrong as told. Late appends land when the test says so, if the book lets them.</summary>
internal sealed class FaultyBook(IBook book) : IBook
{
    private readonly List<(string Tenant, long Expected, IReadOnlyList<ReadOnlyMemory<byte>> Entries)> _late = [];

    /// <summary>What becomes of the next append.</summary>
    public AppendFault Next { get; set; }

    public int Appends { get; private set; }

    public int RepliesLost { get; private set; }

    public int LandedLate { get; private set; }

    public int RefusedLate { get; private set; }

    public Task<long> CountAsync(string tenantId, CancellationToken cancellationToken) => book.CountAsync(tenantId, cancellationToken);

    public async Task<AppendOutcome> AppendAsync(string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken)
    {
        Appends++;
        var fault = Next;
        Next = AppendFault.None;
        switch (fault)
        {
            case AppendFault.ReplyLost:
                RepliesLost += (await book.AppendAsync(tenantId, expectedCount, entries, cancellationToken)).Appended ? 1 : 0;
                throw new StoreUnavailableException("The acknowledgement is lost.");
            case AppendFault.Late:
                _late.Add((tenantId, expectedCount, entries));
                throw new StoreUnavailableException("The append is on its way still.");
            case AppendFault.Lost:
                throw new StoreUnavailableException("The append is lost.");
            default:
                return await book.AppendAsync(tenantId, expectedCount, entries, cancellationToken);
        }
    }

    public Task<RawEntry?> FindAsync(string tenantId, long seq, CancellationToken cancellationToken) => book.FindAsync(tenantId, seq, cancellationToken);

    public async IAsyncEnumerable<RawEntry> ReadAsync(string tenantId, long firstSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in book.ReadAsync(tenantId, firstSeq, cancellationToken)) yield return entry;
    }

    /// <summary>Late appends reach the store.</summary>
    public async Task LandAsync()
    {
        foreach (var (tenant, expected, entries) in _late)
        {
            if ((await book.AppendAsync(tenant, expected, entries, CancellationToken.None)).Appended) LandedLate++;
            else RefusedLate++;
        }
        _late.Clear();
    }
}
