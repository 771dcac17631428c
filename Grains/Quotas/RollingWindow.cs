namespace OrleansGateway;

/// <summary>
/// Counts what was taken in the last 60 seconds, in slots of one second. Exact in the direction that matters: in no 60 seconds is more
/// taken than the limit; something taken is free again after 60 to 61 seconds. Time is the monotonic clock's, so that a wall clock set
/// forwards or back changes nothing.
/// </summary>
internal sealed class RollingWindow(TimeProvider time)
{
    private const int Span = 61;
    private const long Unused = -1;

    private readonly long[] _slots = new long[Span];
    private readonly long _origin = time.GetTimestamp();
    private long _newest = Unused;
    private long _used;

    /// <summary>What counts now.</summary>
    public long Used
    {
        get
        {
            Advance();
            return _used;
        }
    }

    /// <summary>Takes an amount and names the slot it stands in.</summary>
    public long Take(long amount)
    {
        Advance();
        _slots[_newest % Span] += amount;
        _used += amount;
        return _newest;
    }

    /// <summary>Changes what was taken in a slot, unless it is free again already.</summary>
    public void Correct(long slot, long change)
    {
        Advance();
        if (slot <= _newest - Span) return;
        _slots[slot % Span] += change;
        _used += change;
    }

    /// <summary>How long until an amount fits under a limit if nothing more is taken; a minute when it never fits.</summary>
    public TimeSpan UntilFits(long amount, long limit)
    {
        Advance();
        var surplus = _used + amount - limit;
        if (surplus <= 0) return TimeSpan.Zero;
        for (var slot = _newest - Span + 1; slot <= _newest; slot++)
        {
            surplus -= _slots[slot % Span];
            if (surplus <= 0) return UntilFree(slot);
        }
        return TimeSpan.FromSeconds(Span - 1);
    }

    /// <summary>How long until nothing counts any more.</summary>
    public TimeSpan UntilEmpty()
    {
        Advance();
        if (_used == 0) return TimeSpan.Zero;
        var newestTaken = _newest;
        while (_slots[newestTaken % Span] == 0) newestTaken--;
        return UntilFree(newestTaken);
    }

    private TimeSpan UntilFree(long slot) => TimeSpan.FromSeconds(slot + Span) - Elapsed();

    // One span ahead, so that no slot number is negative.
    private TimeSpan Elapsed() => TimeSpan.FromSeconds(Span) + time.GetElapsedTime(_origin);

    private void Advance()
    {
        var now = Elapsed().Ticks / TimeSpan.TicksPerSecond;
        if (now <= _newest) return;
        if (_newest == Unused || now - _newest >= Span)
        {
            Array.Clear(_slots);
            _used = 0;
        }
        else
        {
            for (var slot = _newest + 1; slot <= now; slot++)
            {
                _used -= _slots[slot % Span];
                _slots[slot % Span] = 0;
            }
        }
        _newest = now;
    }
}
