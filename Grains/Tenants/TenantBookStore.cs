using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace OrleansGateway;

/// <summary>Opens tenants' books from what a process has once: its store, and what all books together keep, tell and measure.</summary>
/// <param name="book">Where entries are stored.</param>
/// <param name="snapshots">Where snapshots are stored, and what is too much for them.</param>
/// <param name="tails">How much the newest entries of all books may take.</param>
/// <param name="health">Told how appends go.</param>
/// <param name="appends">Measures them.</param>
/// <param name="instruments">Measures what they book.</param>
/// <param name="options">How closely snapshots follow.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The tenants': of one that is frozen or in doubt all is told in one place.</param>
/// <param name="mark">Null where stores are not marked: no other can come in the place of files that are open.</param>
internal sealed class TenantBookStore(
    IBook book,
    [FromKeyedServices(TenantBook.SnapshotStore)] IGrainStorage snapshots,
    TailMemory tails,
    StoreHealth health,
    BookInstruments appends,
    TenantInstruments instruments,
    TenantOptions options,
    TimeProvider time,
    ILogger<TenantGrain> logger,
    IStoreMark? mark = null)
{
    /// <summary>
    /// Reads snapshot and book. <paramref name="remembered"/> is what an activation that found a loss knows.
    /// </summary>
    /// <exception cref="BookLossException">The store has lost a part of the book.</exception>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<TenantBook> LoadAsync(GrainId grainId, string tenantId, TenantSnapshot? remembered = null)
    {
        var tail = new BookTail(tails);
        var loader = new TenantBookLoader(book, snapshots, mark, tail, grainId, tenantId, time);
        try
        {
            await loader.LoadAsync(remembered);
        }
        catch
        {
            tail.Forget();
            throw;
        }
        var writer = new BookWriter(book, tenantId, loader.Seq, tail, health, appends, time, logger);
        var tenant = new TenantBook(loader, writer, snapshots, mark, grainId, tenantId, options.EntriesPerSnapshot, instruments, time, logger);
        if (loader.SnapshotIsForeign && !await tenant.TryReplaceSnapshotAsync())
            throw new StoreUnavailableException($"The snapshot of tenant '{tenantId}' is not one of its book and could not be replaced.");
        return tenant;
    }

    /// <summary>Entries that the store has of a book.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<long> CountAsync(string tenantId) => book.CountAsync(tenantId, CancellationToken.None);

    /// <summary>Books that an operator accepts a loss. Null when it is booked; otherwise why not.</summary>
    public Task<string?> AcceptLossAsync(string tenantId, BookLoss loss, string reason, string actor) => LossAcceptance.BookAsync(book, mark, tenantId, loss, reason, actor, time);
}
