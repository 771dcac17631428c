namespace OrleansGateway;

/// <summary>
/// Counts what was taken in the last 60 seconds, in slots of one second. Exact in the direction that matters: in no 60 seconds is more
/// taken than the limit; something taken is free again after 60 to 61 seconds. Time is the monotonic clock's, so that a wall clock set
/// forwards or back changes nothing. Only slots in which something was taken are kept: most scopes take little.
/// </summary>
internal sealed class RollingWindow(TimeProvider time)
{
    private const int Span = 61;
    private const int FirstRoom = 2;

    private readonly long _origin = time.GetTimestamp();
    private (long Slot, long Amount)[] _taken = [];
    private int _count;
    private long _newest;
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
        if (_count > 0 && _taken[_count - 1].Slot == _newest)
        {
            _taken[_count - 1].Amount += amount;
        }
        else
        {
            if (_count == _taken.Length) Array.Resize(ref _taken, Math.Clamp(2 * _count, FirstRoom, Span));
            _taken[_count++] = (_newest, amount);
        }
        _used += amount;
        return _newest;
    }

    /// <summary>Changes what was taken in a slot, unless it is free again already.</summary>
    public void Correct(long slot, long change)
    {
        Advance();
        for (var i = _count - 1; i >= 0 && _taken[i].Slot >= slot; i--)
        {
            if (_taken[i].Slot != slot) continue;
            _taken[i].Amount += change;
            _used += change;
        }
    }

    /// <summary>How long until an amount fits under a limit if nothing more is taken; a minute when it never fits.</summary>
    public TimeSpan UntilFits(long amount, long limit)
    {
        Advance();
        var surplus = _used + amount - limit;
        if (surplus <= 0) return TimeSpan.Zero;
        for (var i = 0; i < _count; i++)
        {
            surplus -= _taken[i].Amount;
            if (surplus <= 0) return UntilFree(_taken[i].Slot);
        }
        return TimeSpan.FromSeconds(Span - 1);
    }

    /// <summary>How long until nothing counts any more.</summary>
    public TimeSpan UntilEmpty()
    {
        Advance();
        if (_used == 0) return TimeSpan.Zero;
        var last = _count - 1;
        while (_taken[last].Amount == 0) last--;
        return UntilFree(_taken[last].Slot);
    }

    private TimeSpan UntilFree(long slot) => TimeSpan.FromSeconds(slot + Span) - Elapsed();

    // One span ahead, so that no slot number is negative, and 0 is before any.
    private TimeSpan Elapsed() => TimeSpan.FromSeconds(Span) + time.GetElapsedTime(_origin);

    private void Advance()
    {
        var now = Elapsed().Ticks / TimeSpan.TicksPerSecond;
        if (now <= _newest) return;
        _newest = now;
        var free = 0;
        while (free < _count && _taken[free].Slot <= now - Span) _used -= _taken[free++].Amount;
        if (free == 0) return;
        _count -= free;
        if (_count == 0) _taken = [];
        else Array.Copy(_taken, free, _taken, 0, _count);
    }
}
