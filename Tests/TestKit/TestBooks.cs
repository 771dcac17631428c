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

    /// <summary>A tenant as an activation has it once its book is read; what it asks of other grains goes to none.</summary>
    public static Task<LoadedTenant> CompleteAsync(TenantBook tenant, IBook book, TimeProvider time)
    {
        var health = new UpstreamHealth(new PoolTime(time));
        var addresses = new WebhookAddresses(new WebhookOptions(), production: true);
        var catalog = new CatalogSource(Catalogs.Shipped());
        var tenants = new LoadedTenantFactory(
            book, catalog, new HopOrder(new Random(1), health), health, new TenantOptions(), addresses, new FakeGrainFactory(), time, NullLogger<TenantGrain>.Instance);
        return tenants.MakeAsync(tenant, written => written, share: 1);
    }

    public static BookWriter Writer(
        IBook book, TimeProvider time, long count = 0, BookTail? tail = null, StoreHealth? health = null, BookInstruments? instruments = null, ILogger? logger = null) =>
        new(book, "acme", count, tail ?? new BookTail(new TailMemory()), health ?? new StoreHealth(), instruments ?? Appends, time, logger ?? NullLogger.Instance);

    public static Admission Admission(TenantAccount account, Func<ModelCatalog> catalog, TimeProvider time, UpstreamHealth? health = null)
    {
        health ??= new UpstreamHealth(new PoolTime(time));
        return new Admission(account, catalog, new HopOrder(new Random(1), health), health, new TenantOptions(), time);
    }
}
