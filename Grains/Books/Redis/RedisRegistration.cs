using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace OrleansGateway;

internal static class RedisRegistration
{
    /// <summary>Books in Redis, as <see cref="RedisBookOptions"/> say, over the <see cref="IConnectionMultiplexer"/> of the host.</summary>
    public static IServiceCollection AddRedisBook(this IServiceCollection services)
    {
        services.AddOptions<RedisBookOptions>().BindConfiguration(RedisBookOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisBookOptions>, RedisBookOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IBook>(provider => new RedisBook(
            provider.GetRequiredService<IConnectionMultiplexer>(),
            provider.GetRequiredService<IOptions<RedisBookOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
