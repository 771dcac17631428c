using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace OrleansGateway;

/// <summary>
/// A readable line for each event. What an event tells may be a caller's or an upstream's text, so no character of it moves the cursor, begins a line or speaks to the
/// terminal: control characters are written as escapes, save the line ends of an exception.
/// </summary>
internal sealed class TerminalFormatter : ITextFormatter
{
    private readonly MessageTemplateTextFormatter _head = new("{Timestamp:HH:mm:ss.fff} {Level:u3} ", CultureInfo.InvariantCulture);
    private readonly MessageTemplateTextFormatter _line = new("{Message:lj} {TraceId}", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        _head.Format(logEvent, output);
        using var line = new StringWriter(CultureInfo.InvariantCulture);
        _line.Format(logEvent, line);
        Write(line.ToString(), output, linesStay: false);
        output.WriteLine();
        if (logEvent.Exception is not { } exception) return;
        Write(exception.ToString(), output, linesStay: true);
        output.WriteLine();
    }

    private static void Write(string text, TextWriter output, bool linesStay)
    {
        foreach (var c in text)
        {
            if (!char.IsControl(c) || (linesStay && (c is '\n' or '\r' or '\t'))) output.Write(c);
            else output.Write($"\\u{(int)c:x4}");
        }
    }
}
