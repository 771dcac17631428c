using System.Collections.Concurrent;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace OrleansGateway;

/// <summary>
/// Writes events to standard output twenty times a second, all that have come together: a request neither waits for a terminal nor
/// wakes a thread to log, and what waits is gone before collections come to move it. Bounded: when output stalls, the newest events are dropped, and counted.
/// The rest is written on disposal.
/// </summary>
internal sealed class ConsoleSink : ILogEventSink, IDisposable
{
    private const int Capacity = 50_000;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    // An output that has stalled must not keep a process from ending.
    private static readonly TimeSpan AtTheEnd = TimeSpan.FromSeconds(5);

    private readonly ConcurrentQueue<LogEvent> _waiting = new();
    private readonly Lock _writing = new();
    private readonly LineBuffer _text = new();
    private readonly ITextFormatter _formatter;
    private readonly TextWriter _output;
    private readonly ITimer _timer;
    private int _count;
    private int _dropped;

    public ConsoleSink(ITextFormatter formatter, TextWriter output, TimeProvider time)
    {
        (_formatter, _output) = (formatter, output);
        _timer = time.CreateTimer(static sink => ((ConsoleSink)sink!).Write(TimeSpan.Zero), this, Period, Period);
    }

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        if (Interlocked.Increment(ref _count) > Capacity)
        {
            Interlocked.Decrement(ref _count);
            Interlocked.Increment(ref _dropped);
            return;
        }
        _waiting.Enqueue(logEvent);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        // What the timer's last turn is writing is not out before it ends, and the process may be gone by then.
        Write(AtTheEnd);
    }

    private void Write(TimeSpan patience)
    {
        if (!_writing.TryEnter(patience)) return;
        try
        {
            if (_waiting.IsEmpty) return;
            while (_waiting.TryDequeue(out var one))
            {
                Interlocked.Decrement(ref _count);
                _formatter.Format(one, _text);
                if (_text.IsFull) _text.WriteTo(_output);
            }
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                _text.Write($"{{\"@mt\":\"Standard output stalled: {dropped} log events were dropped\",\"@l\":\"Warning\"}}\n");
            _text.WriteTo(_output);
            _output.Flush();
        }
        finally
        {
            _writing.Exit();
        }
    }
}
