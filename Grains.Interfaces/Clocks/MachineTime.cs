namespace OrleansGateway;

/// <summary>A time that is not what the machine's clock says, though its timers and time stamps are the machine's.</summary>
/// <param name="machine">The machine's clock.</param>
public abstract class MachineTime(TimeProvider machine) : TimeProvider
{
    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <summary>The machine's clock.</summary>
    protected TimeProvider Machine => machine;

    /// <inheritdoc/>
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => machine.CreateTimer(callback, state, dueTime, period);
}
