using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackExchange.Redis;

namespace OrleansGateway;

internal static class RedisRegistration
{
    /// <summary>Books, kept answers and the cluster's clock in Redis, over the <see cref="IConnectionMultiplexer"/> of the host.</summary>
    public static IServiceCollection AddRedisBook(this IServiceCollection services, RedisBookOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IBook>(provider => new RedisBook(
            provider.GetRequiredService<IConnectionMultiplexer>(), options, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IAnswerStore>(provider => new RedisAnswerStore(
            provider.GetRequiredService<IConnectionMultiplexer>(), options, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ISharedClock>(provider => new RedisClock(provider.GetRequiredService<IConnectionMultiplexer>(), options));
        services.TryAddSingleton<IStoreMark>(provider => new RedisStoreMark(provider.GetRequiredService<IConnectionMultiplexer>(), options));
        return services;
    }
}
