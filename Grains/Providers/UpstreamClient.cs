using System.Net;

namespace OrleansGateway;

/// <summary>One provider's connections: sends a request's bytes with the provider's own key, and nothing else of the caller's.</summary>
internal sealed class UpstreamClient : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly Uri _chat;
    private readonly Uri _embeddings;
    private readonly string? _authorization;
    private readonly Version _version;

    public UpstreamClient(ProviderOptions options, HttpMessageHandler transport)
    {
        var address = options.BaseAddress ?? throw new ArgumentException("A provider has a base address.", nameof(options));
        var root = address.AbsoluteUri.TrimEnd('/');
        Options = options;
        _http = new HttpMessageInvoker(transport);
        _chat = new Uri(root + "/chat/completions");
        _embeddings = new Uri(root + "/embeddings");
        _authorization = options.ResolveApiKey() is { } key ? "Bearer " + key : null;
        _version = address.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11;
    }

    public ProviderOptions Options { get; }

    /// <summary>Sends one attempt; completes with the response's headers, its body still to come.</summary>
    public Task<HttpResponseMessage> SendAsync(UpstreamRequest request, ReadOnlyMemory<byte>[] body, string requestId, CancellationToken cancellationToken)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, request.Kind == ModelKind.Embeddings ? _embeddings : _chat)
        {
            Version = _version,
            Content = new UpstreamBody(body),
        };
        if (_authorization is not null) message.Headers.TryAddWithoutValidation("Authorization", _authorization);
        message.Headers.TryAddWithoutValidation("Accept", request.Stream ? "text/event-stream" : "application/json");
        message.Headers.TryAddWithoutValidation("x-request-id", requestId);
        return _http.SendAsync(message, cancellationToken);
    }

    public void Dispose() => _http.Dispose();
}
