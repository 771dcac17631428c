using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Tenants' books and what writes and decides on them, as a silo makes them, where a test does not care for all that they need.</summary>
internal static class TestBooks
{
    private static readonly GatewayMeter Meter = new();
    private static readonly BookInstruments Appends = new(Meter);
    private static readonly TenantInstruments Tenants = new(Meter, new TenantLabels(new TelemetryOptions()));

    public static TenantBookStore Of(IBook book, IGrainStorage snapshots, TimeProvider time, long entriesPerSnapshot = 1_000_000, TailMemory? tails = null)
    {
        var options = new TenantOptions { EntriesPerSnapshot = entriesPerSnapshot };
        return new TenantBookStore(book, snapshots, tails ?? new TailMemory(), new StoreHealth(), Appends, Tenants, options, time, NullLogger<TenantGrain>.Instance);
    }

    public static BookWriter Writer(
        IBook book, TimeProvider time, long count = 0, BookTail? tail = null, StoreHealth? health = null, BookInstruments? instruments = null, ILogger? logger = null) =>
        new(book, "acme", count, tail ?? new BookTail(new TailMemory()), health ?? new StoreHealth(), instruments ?? Appends, time, logger ?? NullLogger.Instance);

    public static Admission Admission(TenantAccount account, Func<ModelCatalog> catalog, TimeProvider time, UpstreamHealth? health = null)
    {
        health ??= new UpstreamHealth(time);
        return new Admission(account, catalog, new HopOrder(new Random(1), health), health, new TenantOptions(), time);
    }
}
