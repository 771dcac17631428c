using System.Text;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;
using Serilog.Events;
using Serilog.Formatting.Compact;
using Serilog.Parsing;

namespace OrleansGateway.Tests.Unit.Telemetry;

public sealed class ConsoleSinkTests
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void What_waits_is_written_by_the_clock_and_the_rest_at_the_end()
    {
        var output = new StringWriter();
        using (var sink = new ConsoleSink(new CompactJsonFormatter(), output, _time))
        {
            sink.Emit(Event("first"));
            Assert.Empty(output.ToString());
            _time.Advance(Period);
            Assert.Contains("first", output.ToString(), StringComparison.Ordinal);
            sink.Emit(Event("second"));
        }

        Assert.Contains("second", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_disposes_it_goes_on_when_what_the_clock_began_to_write_is_out()
    {
        var output = new HeldWriter();
        var sink = new ConsoleSink(new CompactJsonFormatter(), output, _time);
        sink.Emit(Event("last words"));
        var turn = Task.Run(() => _time.Advance(Period), TestContext.Current.CancellationToken);
        await output.Reached.Task;

        var seen = "";
        var disposal = new Thread(() =>
        {
            sink.Dispose();
            seen = output.Written;
        });
        disposal.Start();
        await Eventually.BecomesAsync(
            () => Task.FromResult(disposal.ThreadState),
            state => (state & (ThreadState.WaitSleepJoin | ThreadState.Stopped)) != 0,
            TimeSpan.FromSeconds(30),
            "It waits, or has gone on");
        output.Release.Set();
        disposal.Join();
        await turn;

        Assert.Contains("last words", seen, StringComparison.Ordinal);
    }

    private static LogEvent Event(string text) => new(DateTimeOffset.UnixEpoch, LogEventLevel.Information, null, new MessageTemplateParser().Parse(text), []);

    /// <summary>An output that is slow to take what it is given.</summary>
    private sealed class HeldWriter : TextWriter
    {
        private readonly StringBuilder _written = new();

        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim Release { get; } = new();

        public override Encoding Encoding => Encoding.UTF8;

        public string Written
        {
            get
            {
                lock (_written) return _written.ToString();
            }
        }

        public override void Write(ReadOnlySpan<char> buffer)
        {
            Reached.TrySetResult();
            Release.Wait();
            lock (_written) _written.Append(buffer);
        }

        public override void Write(char value) => Write([value]);

        public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

        protected override void Dispose(bool disposing)
        {
            Release.Dispose();
            base.Dispose(disposing);
        }
    }
}
