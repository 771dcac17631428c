using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace OrleansGateway.Tests.TestKit;

/// <summary>An upstream of a test's own making, over a socket: for what the simulator, a well-bred server, cannot do.</summary>
internal sealed class OwnUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _calls;

    private OwnUpstream(WebApplication app) => _app = app;

    /// <summary>Requests that reached it.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Where it listens, with the scheme it speaks.</summary>
    public Uri Address => new(_app.Urls.Single());

    public static async Task<OwnUpstream> StartAsync(RequestDelegate answer, X509Certificate2? certificate = null, HttpProtocols protocols = HttpProtocols.Http1AndHttp2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = certificate is null ? HttpProtocols.Http1 : protocols;
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        var upstream = new OwnUpstream(app);
        app.Run(http =>
        {
            Interlocked.Increment(ref upstream._calls);
            return answer(http);
        });
        await app.StartAsync();
        return upstream;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
