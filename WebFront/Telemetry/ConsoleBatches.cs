using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace OrleansGateway;

/// <summary>Writes a batch of events to standard output with one write; requests never wait for a terminal.</summary>
internal sealed class ConsoleBatches(ITextFormatter formatter) : IBatchedLogEventSink
{
    /// <inheritdoc/>
    public async Task EmitBatchAsync(IReadOnlyCollection<LogEvent> batch)
    {
        using var text = new StringWriter(new StringBuilder(batch.Count * 512), System.Globalization.CultureInfo.InvariantCulture);
        foreach (var one in batch) formatter.Format(one, text);
        await Console.Out.WriteAsync(text.GetStringBuilder());
        await Console.Out.FlushAsync();
    }
}
