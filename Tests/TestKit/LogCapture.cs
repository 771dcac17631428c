using System.Collections.Concurrent;
using System.Globalization;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Keeps what a gateway logs, as the JSON it would print.</summary>
internal sealed class LogCapture : ILogEventSink
{
    private readonly CompactJsonFormatter _formatter = new();

    public ConcurrentQueue<LogEvent> Events { get; } = new();

    /// <summary>The same as printed lines.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    public void Emit(LogEvent logEvent)
    {
        Events.Enqueue(logEvent);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        _formatter.Format(logEvent, text);
        var line = text.ToString();
        Lines.Enqueue(line);
        LeakWatch.OfTheRun.Look(line);
    }
}
