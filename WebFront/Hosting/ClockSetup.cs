using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OrleansGateway;

/// <summary>Gives a process the time of its cluster, in place of its machine's.</summary>
internal static class ClockSetup
{
    /// <summary>
    /// Registers it, before anything else that wants a clock. Whoever calls this registers an <see cref="ISharedClock"/> too, and sees to it that <see cref="ClockComparison"/> is made.
    /// </summary>
    public static IServiceCollection AddClusterTime(this IServiceCollection services)
    {
        services.TryAddSingleton(static _ => new ClusterTime(TimeProvider.System));
        services.TryAddSingleton<TimeProvider>(static provider => provider.GetRequiredService<ClusterTime>());
        services.TryAddSingleton<GatewayMeter>();
        services.AddSingleton<ClockComparison>();
        return services;
    }

    /// <summary>The same for a web front on its own, which asks the silos.</summary>
    public static IServiceCollection AddSilosTime(this IServiceCollection services)
    {
        services.AddSingleton<ISharedClock, SilosClock>();
        services.AddHostedService<SilosClockKeeper>();
        return services.AddClusterTime();
    }
}
