using System.Net;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

public sealed class HttpsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TestAuthority _authority = new();

    [Theory]
    [InlineData("Kestrel:Endpoints:Callers:Url", "Kestrel:Endpoints:Callers:Certificate")]
    [InlineData("Urls", "Kestrel:Certificates:Default")]
    public async Task A_silo_serves_https_with_the_certificate_that_kestrels_settings_name(string listener, string certificate)
    {
        using var issued = _authority.Issue("gateway", TestAuthority.ServerUse);
        var files = new CertificateFiles(_folder.Path).Write(issued, _authority);

        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            [listener] = "https://127.0.0.1:0",
            [$"{certificate}:Path"] = files.Certificate,
            [$"{certificate}:KeyPath"] = files.Key,
        });

        Assert.Equal(Uri.UriSchemeHttps, gateway.Address.Scheme);
        using var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == issued.Thumbprint });
        using var answer = await http.GetAsync(new Uri(gateway.Address, "/health"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _authority.Dispose();
    }
}
