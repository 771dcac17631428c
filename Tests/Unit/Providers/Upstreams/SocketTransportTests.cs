using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Providers;

/// <summary>Connections to upstreams, over real sockets and TLS.</summary>
public sealed class SocketTransportTests
{
    [Theory]
    [InlineData(HttpProtocols.Http1AndHttp2, "2.0")]
    [InlineData(HttpProtocols.Http1, "1.1")]
    public async Task Http_2_is_spoken_where_it_is_offered(HttpProtocols offered, string version)
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("localhost", TestAuthority.ServerUse);
        await using var upstream = await OwnUpstream.StartAsync(http => http.Response.WriteAsync("{}"), certificate, offered);
        using var transport = (SocketsHttpHandler)SocketTransport.Create(new ProviderOptions());
        transport.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString();
        using var client = new UpstreamClient(new ProviderOptions { BaseAddress = new Uri(upstream.Address, "/v1"), ApiKey = "k" }, transport);

        using var response = await SendAsync(client);

        Assert.Equal(version, response.Version.ToString());
    }

    [Fact]
    public async Task A_certificate_of_nobody_known_is_no_certificate()
    {
        using var authority = new TestAuthority();
        using var certificate = authority.Issue("localhost", TestAuthority.ServerUse);
        await using var upstream = await OwnUpstream.StartAsync(http => http.Response.WriteAsync("{}"), certificate);
        using var client = new UpstreamClient(new ProviderOptions { BaseAddress = new Uri(upstream.Address, "/v1"), ApiKey = "k" }, SocketTransport.Create(new ProviderOptions()));

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(client));

        Assert.Equal(HttpRequestError.SecureConnectionError, refused.HttpRequestError);
        Assert.Equal(0, upstream.Calls);
    }

    [Fact]
    public void Each_provider_has_connections_of_its_own_and_nothing_is_followed_unpacked_or_remembered()
    {
        using var one = (SocketsHttpHandler)SocketTransport.Create(new ProviderOptions());
        using var other = (SocketsHttpHandler)SocketTransport.Create(new ProviderOptions());
        Assert.NotSame(one, other);
        Assert.Equal(
            (false, DecompressionMethods.None, false, false, true),
            (one.AllowAutoRedirect, one.AutomaticDecompression, one.UseCookies, one.UseProxy, one.EnableMultipleHttp2Connections));
        Assert.Null(one.SslOptions.RemoteCertificateValidationCallback);
    }

    private static Task<HttpResponseMessage> SendAsync(UpstreamClient client) =>
        client.SendAsync(client.Keys[0], ScriptedPool.Request(), [ScriptedPool.Request().Body], "req_1", TestContext.Current.CancellationToken);
}
