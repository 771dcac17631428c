using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;

namespace OrleansGateway;

/// <summary>One provider's connections: sends a request's bytes with one of the provider's own keys, and nothing else of the caller's.</summary>
internal sealed class UpstreamClient : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly Uri[] _addresses;
    private readonly Uri _models;
    private readonly string[] _secrets;
    private readonly Version _version;
    private readonly bool _tellsTraces;

    public UpstreamClient(ProviderOptions options, HttpMessageHandler transport, bool tellsTraces = false)
    {
        var address = options.BaseAddress ?? throw new ArgumentException("A provider has a base address.", nameof(options));
        var root = address.AbsoluteUri.TrimEnd('/');
        Options = options;
        _tellsTraces = tellsTraces;
        _http = new HttpMessageInvoker(transport);
        _addresses = [.. Enum.GetValues<UpstreamApi>().Select(api => new Uri(root + Dialect.Of(api).Path))];
        _models = new Uri(root + "/models");
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
        message.Headers.TryAddWithoutValidation("Accept", request.Stream ? "application/json, text/event-stream" : "application/json");
        message.Headers.TryAddWithoutValidation("x-request-id", requestId);
        if (_tellsTraces && Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } span }) message.Headers.TryAddWithoutValidation(GatewayTrace.TraceParent, span);
        return _http.SendAsync(message, cancellationToken);
    }

    /// <summary>Asks with the first key which models there are; completes with the response's headers.</summary>
    public Task<HttpResponseMessage> ListModelsAsync(CancellationToken cancellationToken)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, _models) { Version = _version };
        if (Keys[0].Secret is { } secret) message.Headers.TryAddWithoutValidation("Authorization", "Bearer " + secret);
        message.Headers.TryAddWithoutValidation("Accept", "application/json");
        return _http.SendAsync(message, cancellationToken);
    }

    /// <summary>What an error body says, but for the provider's keys, whichever it was shown: some upstreams repeat them.</summary>
    public UpstreamError ParseError(ReadOnlyMemory<byte> body) => UpstreamError.Parse(body, _secrets);

    public void Dispose() => _http.Dispose();
}
