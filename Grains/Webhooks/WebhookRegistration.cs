using Microsoft.Extensions.DependencyInjection;

namespace OrleansGateway;

internal static class WebhookRegistration
{
    /// <summary>What webhooks need; after the provider pool and Orleans, whose services it uses.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, WebhookOptions options, bool production) => services
        .AddSingleton(options)
        .AddSingleton(new WebhookAddresses(options, production))
        .AddSingleton<WebhookTransport>()
        .AddSingleton<WebhookSender>()
        .AddHostedService<WebhookWaker>();
}
