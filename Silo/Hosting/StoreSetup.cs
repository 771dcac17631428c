using Orleans.Storage;
using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>Where books and snapshots are kept.</summary>
internal static class StoreSetup
{
    public static void AddStore(this WebApplicationBuilder builder, SiloSettings settings)
    {
        var services = builder.Services;
        services.AddSingleton(settings.Tenants);
        services.AddSingleton(settings.Idempotency);
        if (settings.Gateway.Storage == StoreKind.Embedded)
        {
            // Opened before anything else: a directory in use ends the start with its own message.
            var store = new SqliteStore(new SqliteStoreOptions
            {
                DataDirectory = settings.Gateway.DataDirectory,
                Durability = settings.Gateway.EmbeddedDurability == Durability.PowerLoss ? EmbeddedDurability.PowerLoss : EmbeddedDurability.ProcessCrash,
            });
            services.AddSqliteBook(_ => store);
            return;
        }

        services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(ConnectionOf(settings)));
        services.AddRedisBook(new RedisBookOptions());
        services.AddHostedService<CheckRedis>();
    }

    public static void AddSnapshots(this ISiloBuilder silo, SiloSettings settings)
    {
        if (settings.Gateway.Storage == StoreKind.Embedded)
        {
            silo.Services.AddSqliteGrainStorage(TenantBook.SnapshotStore);
            return;
        }

        silo.AddRedisGrainStorage(TenantBook.SnapshotStore, options => options.Configure<IServiceProvider>((redis, services) =>
        {
            redis.ConfigurationOptions = ConnectionOf(settings);
            redis.CreateMultiplexer = _ => Task.FromResult((services.GetRequiredService<IConnectionMultiplexer>(), true));
            redis.GrainStorageSerializer = ActivatorUtilities.CreateInstance<SystemTextJsonGrainStorageSerializer>(services);
        }));
    }

    private static ConfigurationOptions ConnectionOf(SiloSettings settings)
    {
        var options = ConfigurationOptions.Parse(settings.Redis!);
        // A Redis that is away makes this process not ready, instead of ending it.
        options.AbortOnConnectFail = false;
        return options;
    }
}
