using System.Collections.Immutable;
using System.Net;

namespace OrleansGateway;

/// <summary>One provider's connections: sends a request's bytes with one of the provider's own keys, and nothing else of the caller's.</summary>
internal sealed class UpstreamClient : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly Uri[] _addresses;
    private readonly string[] _secrets;
    private readonly Version _version;

    public UpstreamClient(ProviderOptions options, HttpMessageHandler transport)
    {
        var address = options.BaseAddress ?? throw new ArgumentException("A provider has a base address.", nameof(options));
        var root = address.AbsoluteUri.TrimEnd('/');
        Options = options;
        _http = new HttpMessageInvoker(transport);
        _addresses = [.. Enum.GetValues<UpstreamApi>().Select(api => new Uri(root + Dialect.Of(api).Path))];
        Keys = [.. options.ResolveKeys()];
        // The longest first: one may begin with another.
        _secrets = [.. Keys.Select(key => key.Secret).OfType<string>().Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length)];
        _version = address.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11;
    }

    public ProviderOptions Options { get; }

    /// <summary>The keys that the provider knows the gateway by; at least one.</summary>
    public ImmutableArray<UpstreamKey> Keys { get; }

    /// <summary>Sends one attempt; completes with the response's headers, its body still to come.</summary>
    public Task<HttpResponseMessage> SendAsync(UpstreamKey key, UpstreamRequest request, ReadOnlyMemory<byte>[] body, string requestId, CancellationToken cancellationToken)
    {
        var dialect = Dialect.Of(request.Api);
        var message = new HttpRequestMessage(HttpMethod.Post, _addresses[(int)request.Api])
        {
            Version = _version,
            Content = new UpstreamBody(body),
        };
        if (key.Secret is { } secret) message.Headers.TryAddWithoutValidation(dialect.KeyHeader ?? "Authorization", dialect.KeyHeader is null ? "Bearer " + secret : secret);
        if (dialect.Version is { } version) message.Headers.TryAddWithoutValidation("anthropic-version", request.ApiVersion ?? version);
        message.Headers.TryAddWithoutValidation("Accept", request.Stream ? "text/event-stream" : "application/json");
        message.Headers.TryAddWithoutValidation("x-request-id", requestId);
        return _http.SendAsync(message, cancellationToken);
    }

    /// <summary>What an error body says, but for the provider's keys, whichever it was shown: some upstreams repeat them.</summary>
    public UpstreamError ParseError(ReadOnlyMemory<byte> body) => UpstreamError.Parse(body, _secrets);

    public void Dispose() => _http.Dispose();
}
