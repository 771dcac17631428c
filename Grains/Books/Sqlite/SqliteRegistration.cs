using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime.Hosting;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace OrleansGateway;

internal static class SqliteRegistration
{
    /// <summary>Books and kept answers in the embedded store, which the host disposes.</summary>
    public static IServiceCollection AddSqliteBook(this IServiceCollection services, Func<IServiceProvider, SqliteStore> store)
    {
        services.TryAddSingleton(store);
        services.TryAddSingleton<IBook, SqliteBook>();
        services.TryAddSingleton<IAnswerStore, SqliteAnswerStore>();
        return services;
    }

    /// <summary>States of grains that ask for the storage <paramref name="name"/>, in the store of <see cref="AddSqliteBook"/>.</summary>
    public static IServiceCollection AddSqliteGrainStorage(this IServiceCollection services, string name) =>
        services.AddGrainStorage(name, static (provider, name) => new SqliteGrainStorage(
            name,
            provider.GetRequiredService<SqliteStore>(),
            ActivatorUtilities.CreateInstance<SystemTextJsonGrainStorageSerializer>(provider),
            provider.GetRequiredService<IActivatorProvider>()));
}
