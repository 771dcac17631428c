using Microsoft.Data.Sqlite;
using Orleans.Runtime.Hosting;
using Orleans.Storage;
using StackExchange.Redis;
using GatewaySettings = OrleansGateway.GatewayOptions;

namespace OrleansGateway;

/// <summary>Where books and snapshots are kept.</summary>
internal static class StoreSetup
{
    private const string RedisStates = "redis";

    // A disk under load may well take a second for a commit; one that takes longer hangs.
    private static readonly TimeSpan DiskTimeout = TimeSpan.FromSeconds(2);

    public static void AddStore(this WebApplicationBuilder builder, SiloSettings settings)
    {
        var services = builder.Services;
        services.AddSingleton(settings.Tenants);
        services.AddSingleton(settings.Idempotency);
        services.AddSingleton<StoreHealth>();
        services.AddSingleton<BookInstruments>();
        services.AddSingleton<TenantLabels>();
        services.AddSingleton<TenantInstruments>();
        services.AddSingleton<TailMemory>();
        services.AddSingleton<TenantBookStore>();
        services.AddSingleton<LoadedTenantFactory>();
        if (settings.Gateway.Storage == StoreKind.Embedded)
        {
            // Opened before anything else: a directory in use ends the start with its own message.
            var store = Open(settings.Gateway);
            services.AddSqliteBook(_ => store);
            return;
        }

        services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(RedisConnections.Of(settings.Redis!)));
        services.AddRedisBook(new RedisBookOptions());
        services.AddHostedService<CheckRedis>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, ClockKeeper>();
    }

    private static SqliteStore Open(GatewaySettings gateway)
    {
        try
        {
            return new SqliteStore(new SqliteStoreOptions
            {
                DataDirectory = gateway.DataDirectory,
                AnswerTimeout = DiskTimeout,
                Durability = gateway.EmbeddedDurability == Durability.PowerLoss ? EmbeddedDurability.PowerLoss : EmbeddedDurability.ProcessCrash,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new SettingsException([$"{GatewaySettings.Section}:{nameof(GatewaySettings.DataDirectory)}: '{gateway.DataDirectory}' cannot be used: {e.Message}"]);
        }
    }

    public static void AddSnapshots(this ISiloBuilder silo, SiloSettings settings)
    {
        if (settings.Gateway.Storage == StoreKind.Embedded)
        {
            silo.Services.AddSqliteGrainStorage(TenantBook.SnapshotStore);
            return;
        }

        silo.Services.AddGrainStorage(TenantBook.SnapshotStore, static (services, _) => new RedisGrainStorage(services.GetRequiredKeyedService<IGrainStorage>(RedisStates)));
        silo.AddRedisGrainStorage(RedisStates, options => options.Configure<IServiceProvider>((redis, services) =>
        {
            redis.ConfigurationOptions = RedisConnections.Of(settings.Redis!);
            redis.CreateMultiplexer = _ => Task.FromResult((services.GetRequiredService<IConnectionMultiplexer>(), true));
            redis.GrainStorageSerializer = ActivatorUtilities.CreateInstance<SystemTextJsonGrainStorageSerializer>(services);
        }));
    }
}
