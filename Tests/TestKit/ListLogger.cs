using Microsoft.Extensions.Logging;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Keeps what is logged, as the name of the event and the text.</summary>
internal sealed class ListLogger<T> : ILogger<T>
{
    public List<(string? Event, LogLevel Level, string Text)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add((eventId.Name, logLevel, formatter(state, exception)));
}
