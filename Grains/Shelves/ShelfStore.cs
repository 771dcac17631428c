using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Orleans.Storage;

namespace OrleansGateway;

/// <summary>Where the items of one tenant's shelves are stored: one state each, beside its snapshot.</summary>
/// <param name="storage">The store of snapshots.</param>
/// <param name="grainId">The tenant's grain.</param>
/// <param name="reaches">Up to which entry of the book a stored state goes; throws when that is beyond its end: lost entries, or another activation.</param>
internal sealed class ShelfStore(IGrainStorage storage, GrainId grainId, Func<long, Task<long>> reaches)
{
    private const int LongestPlainKey = 80;

    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.@");

    /// <summary>One item as it is stored; its <see cref="GrainState{T}.RecordExists"/> is false when it is not.</summary>
    public async Task<GrainState<ShelfRecord<TState>>> ReadAsync<TState>(string shelf, string key)
    {
        var stored = new GrainState<ShelfRecord<TState>>(new ShelfRecord<TState>());
        try
        {
            await storage.ReadStateAsync(NameOf(shelf, key), grainId, stored);
        }
        catch (Exception e) when (e is not StoreUnavailableException)
        {
            throw new StoreUnavailableException($"What is stored of {shelf} '{key}' of {grainId} could not be read.", e);
        }
        if (!stored.RecordExists) return new GrainState<ShelfRecord<TState>>(new ShelfRecord<TState>());
        if (stored.State is not { State: not null } record) throw new StoreUnavailableException($"What is stored of {shelf} '{key}' of {grainId} cannot be read.");
        stored.State = record with { Seq = await reaches(record.Seq) };
        return stored;
    }

    /// <summary>
    /// Stores an item and returns its version. A version other than expected means that an earlier write landed unconfirmed, or that another
    /// activation wrote: every state stored is a fold of the one book, so of two the one that goes further stays.
    /// </summary>
    public async Task<string?> WriteAsync<TState>(string shelf, ShelfRecord<TState> record, string? etag)
    {
        var name = NameOf(shelf, record.Key);
        var state = new GrainState<ShelfRecord<TState>>(record, etag) { RecordExists = etag is not null };
        try
        {
            await storage.WriteStateAsync(name, grainId, state);
            return state.ETag;
        }
        catch (InconsistentStateException)
        {
            var stored = new GrainState<ShelfRecord<TState>>(new ShelfRecord<TState>());
            await storage.ReadStateAsync(name, grainId, stored);
            if (stored.RecordExists && stored.State!.Seq >= record.Seq) return stored.ETag;
            stored.State = record;
            await storage.WriteStateAsync(name, grainId, stored);
            return stored.ETag;
        }
    }

    // Readable where that is safe in any store; else a hash of its UTF-16, which a '~' keeps apart.
    internal static string NameOf(string shelf, string key) =>
        key.Length is > 0 and <= LongestPlainKey && !key.AsSpan().ContainsAnyExcept(Plain)
            ? $"{shelf}/{key}"
            : $"{shelf}/~{Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(key.AsSpan())))}";
}
