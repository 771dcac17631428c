using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>Sets a process's <see cref="ClusterTime"/> by the shared clock, and tells operators of a clock that is wrong.</summary>
public sealed partial class ClockComparison
{
    /// <summary>How often it is to be made.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>Clocks that are set by a time server are some milliseconds apart.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    /// <summary>An answer that took longer says too little: half of that is how wrong it may be.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ClusterTime _time;
    private readonly ISharedClock _shared;
    private readonly ILogger<ClockComparison> _logger;
    private ClockOffsets _offsets;
    private bool _apart;

    /// <summary>Compares nothing yet.</summary>
    public ClockComparison(ClusterTime time, ISharedClock shared, GatewayMeter meter, ILogger<ClockComparison> logger)
    {
        (_time, _shared, _logger) = (time, shared, logger);
        Metrics.ClockOffset.GaugeOn(meter, () => [Measure("machine", _offsets.Machine), Measure("shared", _offsets.Shared)]);
    }

    /// <summary>Asks the shared clock, and sets the time by it. Call it one at a time; throws when that clock cannot be asked.</summary>
    public async Task CompareAsync()
    {
        var asked = _time.GetTimestamp();
        var told = await _shared.NowAsync();
        var took = _time.GetElapsedTime(asked);
        if (took > Patience) return;
        _offsets = _time.Set(told + took / 2);
        Tell(_offsets);
    }

    /// <summary>The same, where it does not matter if that clock cannot be asked.</summary>
    public async Task TryCompareAsync()
    {
        try
        {
            await CompareAsync();
        }
        catch (Exception e) when (e is TimeoutException or OrleansException || GrainFaults.IsStore(e))
        {
            // Asked again soon, and told then.
        }
    }

    private void Tell(ClockOffsets offsets)
    {
        var apart = offsets.Machine.Duration() > Tolerance || offsets.Shared.Duration() > Tolerance;
        if (apart && !_apart) LogSkew(offsets.Machine, _shared.Name, offsets.Shared);
        else if (!apart && _apart) LogInStep(_shared.Name);
        _apart = apart;
    }

    private static Measurement<long> Measure(string clock, TimeSpan offset) => new((long)offset.TotalSeconds, new KeyValuePair<string, object?>(MetricLabels.Clock, clock));

    [LoggerMessage(
        EventName = "clock_skew", Level = LogLevel.Error,
        Message = "Clocks are apart: this machine's is {Machine} ahead of the time that the gateway goes by, {Clock} {Shared}. Set the one that is wrong by a time server")]
    private partial void LogSkew(TimeSpan machine, string clock, TimeSpan shared);

    [LoggerMessage(EventName = "clock_in_step", Level = LogLevel.Information, Message = "This machine's clock and {Clock} agree again")]
    private partial void LogInStep(string clock);
}
