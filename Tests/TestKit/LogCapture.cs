using System.Collections.Concurrent;
using System.Globalization;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Keeps what a gateway logs, as the JSON it would print.</summary>
internal sealed class LogCapture : IBatchedLogEventSink
{
    private readonly CompactJsonFormatter _formatter = new();

    /// <summary>Lines of every gateway of this run: what a leak test greps.</summary>
    public static ConcurrentQueue<string> Everything { get; } = new();

    public ConcurrentQueue<LogEvent> Events { get; } = new();

    public Task EmitBatchAsync(IReadOnlyCollection<LogEvent> batch)
    {
        foreach (var one in batch)
        {
            Events.Enqueue(one);
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            _formatter.Format(one, text);
            Everything.Enqueue(text.ToString());
        }
        return Task.CompletedTask;
    }
}
