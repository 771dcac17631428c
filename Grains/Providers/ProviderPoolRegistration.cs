using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansGateway;

/// <summary>Composes the pool.</summary>
public static class ProviderPoolRegistration
{
    /// <summary>
    /// Registers what <c>ProviderGrain</c> works with, and the way to it within this process. The host has checked the options; tests may register their own
    /// <c>UpstreamTransport</c>, <see cref="TimeProvider"/> or <see cref="Random"/> before this.
    /// </summary>
    public static IServiceCollection AddProviderPool(this IServiceCollection services, ProvidersOptions options)
    {
        services.AddSingleton(Options.Create(options));
        services.TryAddSingleton(TimeProvider.System);
#pragma warning disable RS0030 // Here the process is composed; this one may be used from many threads.
        services.TryAddSingleton(Random.Shared);
#pragma warning restore RS0030
        services.TryAddSingleton<UpstreamTransport>(SocketTransport.Create);
        services.TryAddSingleton<IHolds, TenantHolds>();
        services.TryAddSingleton<IdempotencyOptions>();
        services.TryAddSingleton<KeptAnswers>();

        services.AddSingleton<ProviderDirectory>();
        services.TryAddSingleton<PoolTime>();
        services.TryAddSingleton<UpstreamHealth>();
        services.AddSingleton<HopOrder>();
        services.AddSingleton<FairLanes>();
        services.AddSingleton<Turns>();
        services.AddSingleton<Circuits>();
        services.AddSingleton<KeyLanes>();
        services.AddSingleton<RetryRules>();
        services.TryAddSingleton<GatewayMeter>();
        services.TryAddSingleton<TelemetryOptions>();
        services.AddSingleton<UpstreamInstruments>();
        services.AddSingleton<QueueInstruments>();
        services.AddSingleton<CostInstruments>();
        services.AddSingleton<CostWatch>();
        services.AddSingleton<Settlement>();
        services.AddSingleton<CallsUnderWay>();
        services.AddSingleton<CompletionReader>();
        services.AddSingleton<StreamRelay>();
        services.AddSingleton<Attempts>();
        services.AddSingleton<Hedging>();
        services.AddSingleton<IRelay, UpstreamRelay>();
        services.AddSingleton<HoldReleases>();
        services.AddSingleton<ReservationStep>();
        services.AddSingleton<FrontCalls>();
        services.AddSingleton<IProviderPool, ProviderPool>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SettlementDrain>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, HealthExchange>();
        return services;
    }
}
