using System.Text;
using OrleansGateway.Tests.TestKit;

[assembly: AssemblyFixture(typeof(OrleansGateway.Tests.NoLeaks))]

namespace OrleansGateway.Tests;

/// <summary>
/// Once all tests have run: nothing that any gateway logged has a key, a prompt or an answer. Gateways in this process that were given no log of their own print to
/// the console, which is listened to.
/// </summary>
public sealed class NoLeaks : IAsyncLifetime
{
    public ValueTask InitializeAsync()
    {
        Console.SetOut(TextWriter.Synchronized(new Listening(Console.Out)));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Check(LeakWatch.OfTheRun);
        return ValueTask.CompletedTask;
    }

    /// <summary>Fails when something leaked.</summary>
    internal static void Check(LeakWatch watch) =>
        Assert.True(watch.Found.Count == 0, $"Logged by some gateway: {string.Join('\n', watch.Found.Select(leak => $"'{leak.Key}' in {leak.Value}"))}");

    /// <summary>Hands everything on, and looks at what is a log event.</summary>
    private sealed class Listening(TextWriter output) : TextWriter
    {
        public override Encoding Encoding => output.Encoding;

        public override void Write(char value) => output.Write(value);

        public override void Write(char[] buffer, int index, int count)
        {
            output.Write(buffer, index, count);
            Look(new string(buffer, index, count));
        }

        public override void Write(string? value)
        {
            output.Write(value);
            if (value is not null) Look(value);
        }

        public override void WriteLine(string? value)
        {
            output.WriteLine(value);
            if (value is not null) Look(value);
        }

        public override void Write(StringBuilder? value)
        {
            output.Write(value);
            if (value is not null) Look(value.ToString());
        }

        public override void Flush() => output.Flush();

        private static void Look(string text)
        {
            foreach (var line in text.Split('\n'))
                if (line.StartsWith("{\"@t\"", StringComparison.Ordinal)) LeakWatch.OfTheRun.Look(line);
        }
    }
}
