using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>Keeps a silo's time in step with its cluster's.</summary>
internal sealed partial class ClockKeeper(ClockComparison comparison, TimeProvider time, ILogger<ClockKeeper> logger) : EverySecond(time)
{
    private static readonly int Seconds = (int)ClockComparison.Period.TotalSeconds;

    protected override Task DoAsync(int second) => second % Seconds == 0 ? comparison.CompareAsync() : Task.CompletedTask;

    protected override void LogFailed(string reason) => LogUnheard(reason);

    [LoggerMessage(EventName = "clock_unheard", Level = LogLevel.Warning, Message = "The clock that all silos share cannot be asked; time goes on as it does: {Reason}")]
    private partial void LogUnheard(string reason);
}
