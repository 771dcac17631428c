namespace OrleansGateway;

/// <summary>
/// What may be sent of something that is limited by the minute: it comes back evenly, and as much as the burst may gather. Not safe by itself: its lane locks.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="limit">The limit, as it was stated.</param>
/// <param name="perMinute">What comes back in a minute.</param>
/// <param name="burst">The most that gathers.</param>
/// <param name="share">This silo's share of all that.</param>
internal sealed class RateMeter(TimeProvider time, long limit, double perMinute, double burst, double share)
{
    // Of sums of parts of a request.
    private const double Rounding = 1e-6;

    private long _at = time.GetTimestamp();
    private double _left = Burst(burst, share);

    public long Limit => limit;

    public double PerMinute { get; private set; } = perMinute;

    /// <summary>What may be sent now; below nothing when more was sent than there was.</summary>
    public double Left
    {
        get
        {
            var now = time.GetTimestamp();
            _left = Math.Min(_left + (time.GetElapsedTime(_at, now).TotalMinutes * PerMinute * share), Burst(burst, share));
            _at = now;
            return _left;
        }
    }

    /// <summary>How long until so much may be sent; what is more than ever gathers is sent when as much as can has gathered.</summary>
    public TimeSpan Until(double amount) => After(Math.Min(amount, Burst(burst, share))) is var wait && wait > TimeSpan.Zero ? wait + TimeSpan.FromTicks(1) : wait;

    /// <summary>How long until so much will have been sent piece by piece.</summary>
    public TimeSpan UntilAll(double amount) => After(amount);

    /// <summary>Takes that much, whether it is there or not.</summary>
    public void Take(double amount) => _left = Left - amount;

    /// <summary>Takes less in the end than it took; or more, when below nothing.</summary>
    public void GiveBack(double amount) => _left = Left + amount;

    /// <summary>The upstream says what is left for all silos, and what comes back in a minute. It knows best; only what is under way it may not have counted yet.</summary>
    public void Hear(double left, double perMinute, double underWay)
    {
        _left = Math.Clamp(Left, (left * share) - underWay, left * share);
        PerMinute = perMinute;
    }

    /// <summary>This silo's part has changed.</summary>
    public void SetShare(double part)
    {
        _ = Left;
        share = part;
        _ = Left;
    }

    // One request may always gather, however small the share.
    private static double Burst(double burst, double share) => Math.Max(1, burst * share);

    private TimeSpan After(double amount)
    {
        var missing = amount - Left;
        return missing <= Rounding ? TimeSpan.Zero : TimeSpan.FromMinutes(Math.Min(missing / (PerMinute * share), 60));
    }
}
