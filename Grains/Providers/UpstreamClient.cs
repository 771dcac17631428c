using System.Net;

namespace OrleansGateway;

/// <summary>One provider's connections: sends a request's bytes with the provider's own key, and nothing else of the caller's.</summary>
internal sealed class UpstreamClient : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly Uri[] _addresses;
    private readonly Uri _models;
    private readonly string? _key;
    private readonly Version _version;

    public UpstreamClient(ProviderOptions options, HttpMessageHandler transport)
    {
        var address = options.BaseAddress ?? throw new ArgumentException("A provider has a base address.", nameof(options));
        var root = address.AbsoluteUri.TrimEnd('/');
        Options = options;
        _http = new HttpMessageInvoker(transport);
        _addresses = [.. Enum.GetValues<UpstreamApi>().Select(api => new Uri(root + Dialect.Of(api).Path))];
        _models = new Uri(root + "/models");
        _key = options.ResolveApiKey();
        _version = address.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11;
    }

    public ProviderOptions Options { get; }

    /// <summary>Sends one attempt; completes with the response's headers, its body still to come.</summary>
    public Task<HttpResponseMessage> SendAsync(UpstreamRequest request, ReadOnlyMemory<byte>[] body, string requestId, CancellationToken cancellationToken)
    {
        var dialect = Dialect.Of(request.Api);
        var message = new HttpRequestMessage(HttpMethod.Post, _addresses[(int)request.Api])
        {
            Version = _version,
            Content = new UpstreamBody(body),
        };
        if (_key is not null) message.Headers.TryAddWithoutValidation(dialect.KeyHeader ?? "Authorization", dialect.KeyHeader is null ? "Bearer " + _key : _key);
        if (dialect.Version is { } version) message.Headers.TryAddWithoutValidation("anthropic-version", request.ApiVersion ?? version);
        message.Headers.TryAddWithoutValidation("Accept", request.Stream ? "text/event-stream" : "application/json");
        message.Headers.TryAddWithoutValidation("x-request-id", requestId);
        return _http.SendAsync(message, cancellationToken);
    }

    /// <summary>Asks which models there are; completes with the response's headers.</summary>
    public Task<HttpResponseMessage> ListModelsAsync(CancellationToken cancellationToken)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, _models) { Version = _version };
        if (_key is not null) message.Headers.TryAddWithoutValidation("Authorization", "Bearer " + _key);
        message.Headers.TryAddWithoutValidation("Accept", "application/json");
        return _http.SendAsync(message, cancellationToken);
    }

    /// <summary>What an error body says, but for the key that it was shown: some upstreams repeat it.</summary>
    public UpstreamError ParseError(ReadOnlyMemory<byte> body) => UpstreamError.Parse(body, _key);

    public void Dispose() => _http.Dispose();
}
