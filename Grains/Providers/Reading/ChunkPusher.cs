using System.Buffers;

namespace OrleansGateway;

/// <summary>
/// Hands a stream's bytes to the caller's sink: one call at a time, and with each call all that has come meanwhile. One reader offers; the
/// pushes run beside it.
/// </summary>
internal sealed class ChunkPusher(IChunkSink sink, StreamHead head, Action onGone)
{
    private const int MostWaiting = 256 * 1024;

    // Beside the five seconds that a push waits for its answer: longer than a sink waits for a caller who reads slowly.
    private const int MostPushes = 7;

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _waiting = new();
    private Task _pushing = Task.CompletedTask;
    private bool _busy;
    private volatile bool _gone;
    private int _number;

    /// <summary>Whether a byte may have reached the caller.</summary>
    public bool Begun { get; private set; }

    /// <summary>Whether the caller went away.</summary>
    public bool Gone => _gone;

    /// <summary>Whether so much waits that no more should be read.</summary>
    public bool IsFull
    {
        get { lock (_lock) return _waiting.WrittenCount >= MostWaiting; }
    }

    /// <summary>Pushes whole events, at once or with the next call. Takes a copy.</summary>
    public void Offer(ReadOnlySpan<byte> events)
    {
        if (events.IsEmpty) return;
        FailPoints.Hit(Begun ? FailPoint.MidStream : FailPoint.FirstByte);
        Begun = true;
        lock (_lock)
        {
            if (_gone) return;
            if (_busy)
            {
                _waiting.Write(events);
                return;
            }
            _busy = true;
        }
        _pushing = PushAsync(events.ToArray());
    }

    /// <summary>Completes when the sink has taken all that was offered, or is gone. Never fails.</summary>
    public Task DrainAsync() => _pushing;

    private async Task PushAsync(ReadOnlyMemory<byte> batch)
    {
        do
        {
            if (!await TryPushAsync(batch)) onGone();
        }
        while (TryTakeWaiting(out batch));
    }

    private async Task<bool> TryPushAsync(ReadOnlyMemory<byte> batch)
    {
        var number = _number++;
        for (var left = MostPushes; ; left--)
        {
            try
            {
                _gone = !await sink.Push(number, number == 0 ? head : null, batch);
                return !_gone;
            }
            catch (TimeoutException) when (left > 1)
            {
                // The answer, or the push, may have been with a silo that died; the sink takes a number once.
            }
            catch (Exception)
            {
                // Whatever keeps the sink from answering, a front end that died or a connection, the caller cannot be reached through it.
                _gone = true;
                return false;
            }
        }
    }

    private bool TryTakeWaiting(out ReadOnlyMemory<byte> batch)
    {
        lock (_lock)
        {
            _busy = !_gone && _waiting.WrittenCount > 0;
            batch = _busy ? _waiting.WrittenSpan.ToArray() : default;
            _waiting.ResetWrittenCount();
            return _busy;
        }
    }
}
