using System.Buffers;
using System.IO.Pipelines;

namespace OrleansGateway;

/// <summary>
/// Hands a stream's events to the caller as they come. The response begins with the first of them, so that until then the pool may
/// still fall back to another model.
/// </summary>
internal class ChunkSink(Exchange exchange, TimeProvider time) : IChunkSink
{
    /// <summary>How long one batch may take to leave for a caller who reads slowly.</summary>
    internal static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(30);

    private static readonly GatewayError Lost = new(GatewayErrorKind.InternalError, "A part of the stream was lost on its way through the gateway. Try again.");

    private readonly Lock _gate = new();
    private int _next;
    private Task<bool> _lastWrite = Task.FromResult(true);
    private bool _closed;
    private GatewayError? _fault;

    protected Exchange Exchange => exchange;

    protected TimeProvider Time => time;

    /// <inheritdoc/>
    public Task<bool> Push(int number, StreamHead? head, ReadOnlyMemory<byte> events)
    {
        lock (_gate)
        {
            if (_closed || _fault is not null || exchange.CallerGone) return Task.FromResult(false);
            if (number < _next) return _lastWrite; // taken already: its answer was lost
            if (number > _next)
            {
                _fault = Lost; // a batch is missing: the caller must not take what follows for the whole
                return Task.FromResult(false);
            }

            _next = number + 1;
            if (head is not null) Begin(head);
            var wrote = Write(exchange.Response.BodyWriter, events);
            return _lastWrite = _fault is not null ? Task.FromResult(false) : wrote ? FlushAsync() : Task.FromResult(true);
        }
    }

    /// <summary>Refuses what may still come once the call has ended.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
    }

    /// <summary>Ends a stream that came whole; breaks off one of which a part is missing.</summary>
    public async Task EndAsync(ProviderAnswer.Streamed streamed)
    {
        if (_fault is not null)
        {
            await exchange.RefuseAsync(_fault, time);
            return;
        }

        if (exchange.CallerGone) return;
        Begin(new StreamHead(streamed.By, exchange.Limits, exchange.ReplayOf));
        if (WriteEnd(exchange.Response.BodyWriter, streamed)) await FlushAsync();
    }

    /// <summary>Writes a batch of whole events; false when there is nothing to flush.</summary>
    protected virtual bool Write(PipeWriter output, ReadOnlyMemory<byte> events)
    {
        output.Write(events.Span);
        return true;
    }

    /// <summary>Takes nothing more, and ends the stream with this. Only while a batch is written.</summary>
    protected void Break(GatewayError fault) => _fault = fault;

    /// <summary>Writes what comes after the upstream's last event; false when there is nothing to flush.</summary>
    protected virtual bool WriteEnd(PipeWriter output, ProviderAnswer.Streamed streamed) => false;

    private void Begin(StreamHead head)
    {
        if (exchange.Response.HasStarted) return;
        (exchange.By, exchange.Limits, exchange.ReplayOf) = (head.By, head.Limits, head.ReplayOf);
        AnswerHeaders.Write(exchange, withCost: false);
        var response = exchange.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["x-accel-buffering"] = "no";
    }

    private Task<bool> FlushAsync()
    {
        // A completed flush makes a task that costs nothing to ask.
        var flush = exchange.Response.BodyWriter.FlushAsync().AsTask();
        return flush.IsCompletedSuccessfully ? Task.FromResult(IsListening(flush.Result)) : FlushSlowlyAsync(flush);
    }

    private static bool IsListening(FlushResult flush) => !flush.IsCompleted && !flush.IsCanceled;

    private async Task<bool> FlushSlowlyAsync(Task<FlushResult> flush)
    {
        try
        {
            return IsListening(await flush.WaitAsync(WriteTimeout, time));
        }
        catch (Exception e) when (e is TimeoutException or IOException or OperationCanceledException)
        {
            exchange.Http.Abort();
            return false;
        }
    }
}
