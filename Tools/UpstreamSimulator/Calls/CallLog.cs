using Microsoft.Extensions.Primitives;

namespace OrleansGateway.Simulator;

/// <summary>Every call received, billed or not; the last ten thousand of them.</summary>
public sealed class CallLog
{
    private const int Capacity = 10_000;
    private readonly Lock _lock = new();
    private readonly Queue<ReceivedCall> _calls = new();
    private readonly Tally _received = new();
    private readonly Tally _ended = new();
    private readonly SimulatorOptions _options;
    private long _seq;

    internal CallLog(SimulatorOptions options, long lastSeq)
    {
        _options = options;
        _seq = lastSeq;
    }

    /// <summary>How many calls were received since the start.</summary>
    public int Count => _received.Value;

    /// <summary>The calls, oldest first.</summary>
    public IReadOnlyList<ReceivedCall> All()
    {
        lock (_lock)
        {
            return [.. _calls];
        }
    }

    /// <summary>Returns once so many calls were received, whether or not they have ended.</summary>
    public Task WaitForCallsAsync(int count, CancellationToken cancel = default) => _received.WaitForAsync(count, cancel);

    /// <summary>Returns once so many calls have ended, in whatever way.</summary>
    public Task WaitForEndedAsync(int count, CancellationToken cancel = default) => _ended.WaitForAsync(count, cancel);

    internal ReceivedCall Receive(HttpRequest request, RequestBody body)
    {
        var authorization = request.Headers.Authorization.ToString();
        var call = new ReceivedCall
        {
            Seq = Interlocked.Increment(ref _seq),
            At = _options.TimeProvider.GetUtcNow(),
            Path = request.Path.Value ?? "",
            Model = body.Model,
            Stream = body.Stream,
            User = body.User,
            RequestId = request.Headers["x-request-id"] is [{ Length: > 0 } id, ..] ? id : null,
            Authorization = authorization.Length > 0 ? authorization.Split(' ', 2)[0] : request.Headers.ContainsKey("x-api-key") ? "x-api-key" : null,
            Headers = _options.KeepRequests ? request.Headers.ToDictionary(header => header.Key, Masked, StringComparer.OrdinalIgnoreCase) : null,
            Body = body.Bytes,
        };

        lock (_lock)
        {
            if (_calls.Count == Capacity)
            {
                _calls.Dequeue();
            }

            _calls.Enqueue(call);
        }

        _received.Add(1);
        return call;
    }

    internal void End(ReceivedCall call, int status)
    {
        call.Status ??= status;
        _ended.Add(1);
    }

    private static string Masked(KeyValuePair<string, StringValues> header) =>
        header.Key.Contains("auth", StringComparison.OrdinalIgnoreCase) || header.Key.Contains("key", StringComparison.OrdinalIgnoreCase)
            ? header.Value.ToString().Split(' ', 2)[0] is { Length: > 0 } scheme && header.Value.ToString().Contains(' ', StringComparison.Ordinal) ? scheme + " ***" : "***"
            : header.Value.ToString();
}
