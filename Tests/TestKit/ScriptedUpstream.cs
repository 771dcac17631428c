using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace OrleansGateway.Tests.TestKit;

/// <summary>What an upstream was sent.</summary>
internal sealed record UpstreamCallSeen(DateTimeOffset At, Uri Address, string Body, string? Authorization, string? Accept, string? RequestId)
{
    /// <summary>Every header, by its name in lower case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}

/// <summary>An upstream in place of sockets: answers call after call from its script, and fails the test when the script is over.</summary>
internal sealed class ScriptedUpstream(TimeProvider time) : HttpMessageHandler
{
    private readonly Queue<Func<CancellationToken, Task<HttpResponseMessage>>> _script = new();

    public List<UpstreamCallSeen> Calls { get; } = [];

    /// <summary>What it answers when the script is over; null makes that a failure of the test.</summary>
    public Func<HttpResponseMessage>? Always { get; set; }

    public ScriptedUpstream Answers(string json, int status = 200, string contentType = "application/json", params (string Name, string Value)[] headers) =>
        Answers(() => Response(json, status, contentType, headers));

    public ScriptedUpstream Answers(Func<HttpResponseMessage> response)
    {
        _script.Enqueue(_ => Task.FromResult(response()));
        return this;
    }

    public ScriptedUpstream Streams(ScriptedStream body, string contentType = "text/event-stream") => Answers(() =>
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(body) };
        response.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return response;
    });

    public ScriptedUpstream Streams(string events) => Streams(new ScriptedStream().Then(events));

    public ScriptedUpstream Fails(Exception exception)
    {
        _script.Enqueue(_ => Task.FromException<HttpResponseMessage>(exception));
        return this;
    }

    public ScriptedUpstream Fails(HttpRequestError error) => Fails(new HttpRequestException(error));

    public ScriptedUpstream AnswersAfter(TimeSpan delay, string json)
    {
        _script.Enqueue(async cancellationToken =>
        {
            await Task.Delay(delay, time, cancellationToken);
            return Response(json);
        });
        return this;
    }

    public ScriptedUpstream FailsAfter(TimeSpan delay, HttpRequestError error)
    {
        _script.Enqueue(async cancellationToken =>
        {
            await Task.Delay(delay, time, cancellationToken);
            throw new HttpRequestException(error);
        });
        return this;
    }

    public ScriptedUpstream KeepsSilent()
    {
        _script.Enqueue(async cancellationToken =>
        {
            var never = new TaskCompletionSource<HttpResponseMessage>();
            await using var registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
            return await never.Task;
        });
        return this;
    }

    public static HttpResponseMessage Response(string body, int status = 200, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        response.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in headers) response.Headers.TryAddWithoutValidation(name, value);
        return response;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await request.Content!.ReadAsStringAsync(cancellationToken);
        Calls.Add(new UpstreamCallSeen(time.GetUtcNow(), request.RequestUri!, body, One(request, "Authorization"), One(request, "Accept"), One(request, "x-request-id"))
        {
            Headers = request.Headers.NonValidated.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()),
        });
        if (_script.TryDequeue(out var step)) return await step(cancellationToken);
        return Always?.Invoke() ?? throw new InvalidOperationException("The upstream was called more often than the test expects.");
    }

    private static string? One(HttpRequestMessage request, string name) =>
        request.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}
