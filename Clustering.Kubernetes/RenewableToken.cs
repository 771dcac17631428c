using System.Net.Http.Headers;
using k8s;
using k8s.Authentication;

namespace OrleansGateway;

/// <summary>A bearer token that can be read anew: service-account tokens rotate, and one that was rotated away is answered by 401.</summary>
internal sealed class RenewableToken : ITokenProvider
{
    private readonly Func<KubernetesClientConfiguration> _read;
    private volatile ITokenProvider _source;

    private RenewableToken(Func<KubernetesClientConfiguration> read, ITokenProvider source) => (_read, _source) = (read, source);

    /// <summary>Puts itself in the place of the configuration's token. Null when it has none: certificates and passwords are the client's own matter.</summary>
    public static RenewableToken? PutInto(KubernetesClientConfiguration configuration, Func<KubernetesClientConfiguration> read)
    {
        if (SourceOf(configuration) is not { } source) return null;
        var token = new RenewableToken(read, source);
        configuration.AccessToken = null;
        configuration.TokenProvider = token;
        return token;
    }

    public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) => _source.GetAuthenticationHeaderAsync(cancellationToken);

    /// <summary>Reads the configuration anew; the next request has the token that is there now.</summary>
    public void Renew()
    {
        // One that hands out the same object each time is met with this token in it.
        if (SourceOf(_read()) is { } source and not RenewableToken) _source = source;
    }

    private static ITokenProvider? SourceOf(KubernetesClientConfiguration configuration) =>
        configuration.TokenProvider ?? (string.IsNullOrEmpty(configuration.AccessToken) ? null : new Fixed(configuration.AccessToken));

    private sealed class Fixed(string token) : ITokenProvider
    {
        public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) => Task.FromResult(new AuthenticationHeaderValue("Bearer", token));
    }
}
