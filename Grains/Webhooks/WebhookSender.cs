using System.Globalization;
using System.Net.Http.Headers;

namespace OrleansGateway;

/// <summary>Posts one event to one webhook, once, signed as the Standard Webhooks specification says.</summary>
internal sealed class WebhookSender(WebhookTransport transport, WebhookOptions options, TimeProvider time) : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http = new(transport.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>What came of it; never throws for a receiver's sake. Anything but a 2xx has an error.</summary>
    public async Task<WebhookAnswer> SendAsync(string tenantId, WebhookEvent happening, WebhookPolicy webhook)
    {
        if (!WebhookSecret.TryRead(webhook.Secret ?? "", out var key)) return new WebhookAnswer(webhook.Url, null, "It has no signing secret; write the webhook anew.");
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        try
        {
            using var request = Request(tenantId, happening, webhook, key);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            var status = (int)response.StatusCode;
            return new WebhookAnswer(webhook.Url, status,
                response.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"The answer was {status}; a 2xx acknowledges."));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new WebhookAnswer(webhook.Url, null, $"No answer within {options.Timeout}.");
        }
        catch (HttpRequestException e)
        {
            return new WebhookAnswer(webhook.Url, null, e.InnerException is AddressRefusedException refused ? refused.Message : $"The connection failed: {e.HttpRequestError}.");
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(string tenantId, WebhookEvent happening, WebhookPolicy webhook, byte[] key)
    {
        var body = WebhookBody.Of(tenantId, happening);
        var seconds = time.GetUtcNow().ToUnixTimeSeconds();
        return new HttpRequestMessage(HttpMethod.Post, webhook.Url)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = Json } },
            Headers =
            {
                { "user-agent", "OrleansGateway" },
                { "webhook-id", happening.Id },
                { "webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture) },
                { "webhook-signature", WebhookSignature.Of(key, happening.Id, seconds, body) },
            },
        };
    }
}
