using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace OrleansGateway;

/// <summary>The web server, whose start fails with a <see cref="ListenException"/>: ports, certificates and endpoints are the operator's to mend.</summary>
/// <param name="server">Serves.</param>
/// <param name="another">Makes one with the same settings, which says nothing.</param>
/// <param name="urls">Where both listen, where the section <c>Kestrel</c> does not say otherwise.</param>
internal sealed class TellingServer(IServer server, Func<IServer> another, string? urls) : IServer
{
    /// <inheritdoc/>
    public IFeatureCollection Features => server.Features;

    /// <summary>Puts itself before the server of a host.</summary>
    public static void Decorate(IServiceCollection services)
    {
        var registered = services.Last(service => service.ServiceType == typeof(IServer)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IServer>(provider => new TellingServer(
            (IServer)ActivatorUtilities.CreateInstance(provider, registered),
            () => Another(provider, registered),
            provider.GetRequiredService<IConfiguration>()[WebHostDefaults.ServerUrlsKey])));
    }

    /// <inheritdoc/>
    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => StartAsync(server, application, cancellationToken);

    /// <summary>
    /// Listens already where it will, while something else is tried, and lets go of it; throws what its start will throw. Whoever calls in this moment gets 503.
    /// </summary>
    public async Task ListenWhileAsync(Action tried, CancellationToken cancellationToken)
    {
        using var trial = another();
        var addresses = trial.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        foreach (var url in urls?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? []) addresses.Add(url);
        await StartAsync(trial, new NotYet(), cancellationToken);
        try
        {
            tried();
        }
        finally
        {
            await trial.StopAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => server.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => server.Dispose();

    private static async Task StartAsync<TContext>(IServer server, IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        try
        {
            await server.StartAsync(application, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new ListenException("Urls, Kestrel", e);
        }
    }

    // Its options are its own: a server writes the ports that it was given into them.
    private static IServer Another(IServiceProvider provider, Type type) => (IServer)ActivatorUtilities.CreateInstance(
        provider, type, Options.Create(provider.GetRequiredService<IOptionsFactory<KestrelServerOptions>>().Create(Options.DefaultName)), NullLoggerFactory.Instance);

    private sealed class NotYet : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public Task ProcessRequestAsync(IFeatureCollection context)
        {
            context.GetRequiredFeature<IHttpResponseFeature>().StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        }

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }
    }
}
