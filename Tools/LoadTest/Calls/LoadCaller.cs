using System.Buffers;
using System.Globalization;
using OrleansGateway.Soak;

namespace OrleansGateway.LoadTest;

/// <summary>Places one call and reads its answer to the end.</summary>
/// <param name="options">Where to and with what.</param>
/// <param name="since">The time since the start of the load.</param>
/// <param name="sawEvents">Told of events as they come.</param>
internal sealed class LoadCaller(LoadTestOptions options, Func<TimeSpan> since, Action<int> sawEvents) : IDisposable
{
    private const int ReadBytes = 16 * 1024;
    private const int MostErrorBytes = 64 * 1024;

    private readonly Uri _address = new(options.Url, options.Path);
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10),
        ActivityHeadersPropagator = null,
    });

    /// <summary>Never fails: a connection that breaks is an outcome too. The time of <paramref name="call"/> is filled in.</summary>
    public async Task<(CallOutcome Outcome, ClientCall Told)> PlaceAsync(TimeSpan due, string? key, byte[] body, ClientCall call, CancellationToken cancellationToken)
    {
        var outcome = new CallOutcome(due, since(), default);
        var events = options.Stream ? new EventScanner() : null;
        try
        {
            using var request = Request(key, body);
            using var response = await _http.SendAsync(request, cancellationToken);
            outcome = outcome with { Status = (int)response.StatusCode, SaysWhen = response.Headers.RetryAfter is not null };
            call = call with { Status = outcome.Status, RequestId = Header(response, "x-request-id") };
            if (!response.IsSuccessStatusCode)
            {
                var code = SoakCaller.CodeOf(await ErrorAsync(response, cancellationToken), unreadable: null)
                    ?? string.Create(CultureInfo.InvariantCulture, $"status {outcome.Status}");
                return (outcome with { Ended = since(), Error = code }, call with { Code = code });
            }

            outcome = await ReadAsync(response, events, outcome, cancellationToken);
            if (events is not null && !call.Plan.IsWhole(events.Tail)) return (outcome with { Error = "a stream without an end" }, call);
            var told = events is null ? Cost(response) : events.CostUsd;
            return (outcome, call with { Answered = true, ToldUsd = told });
        }
        catch (OperationCanceledException)
        {
            return (outcome with { Ended = since(), Error = "no answer in time" }, call);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            var error = e is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } known ? $"{known.HttpRequestError}" : "a connection that broke";
            return (outcome with { Ended = since(), Error = error }, call);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(string? key, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        if (key is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        foreach (var (name, value) in options.Headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private async Task<CallOutcome> ReadAsync(HttpResponseMessage response, EventScanner? events, CallOutcome outcome, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                if (events is null) continue;
                var before = events.Events;
                events.Read(buffer.AsSpan(0, read));
                if (before == 0 && events.Events > 0) outcome = outcome with { FirstEvent = since() };
                sawEvents(events.Events - before);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return outcome with { Ended = since(), Events = events?.Events ?? 0 };
    }

    private static async Task<string> ErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await response.Content.LoadIntoBufferAsync(MostErrorBytes, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    private static decimal? Cost(HttpResponseMessage response) =>
        decimal.TryParse(Header(response, "x-gateway-cost-usd"), NumberStyles.Float, CultureInfo.InvariantCulture, out var cost) ? cost : null;

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
