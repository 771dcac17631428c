using Serilog.Events;
using Serilog.Parsing;

namespace OrleansGateway.Tests.Unit.Telemetry;

public sealed class TerminalFormatterTests
{
    [Fact]
    public void What_others_chose_begins_no_line_and_does_not_speak_to_the_terminal()
    {
        var output = new StringWriter();
        new TerminalFormatter().Format(
            new LogEvent(
                DateTimeOffset.UnixEpoch, LogEventLevel.Warning, new InvalidOperationException("\u001b[2J of\nit"), new MessageTemplateParser().Parse("It was {Outcome}"),
                [new LogEventProperty("Outcome", new ScalarValue("a\r\n00:00:00.000 INF all is well\u001b]0;title\u0007\u009b\u007f"))]),
            output);

        var lines = output.ToString().Split(Environment.NewLine);
        Assert.EndsWith(@"WRN It was a\u000d\u000a00:00:00.000 INF all is well\u001b]0;title\u0007\u009b\u007f ", lines[0], StringComparison.Ordinal);
        Assert.Equal(@"System.InvalidOperationException: \u001b[2J of", lines[1]);
        Assert.DoesNotContain('\u001b', output.ToString());
    }
}
