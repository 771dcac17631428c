namespace OrleansGateway;

/// <summary>Every limit of a lane that is known, from the settings and from the upstream's answers; all of them hold. Not safe by itself: its lane locks.</summary>
internal sealed class LaneMeters(LaneLimits configured, TimeProvider time)
{
    // A configured limit gathers for six seconds: an upstream that counts by the minute sees a tenth more than that at worst.
    private const double Gathers = 0.1;

    /// <summary>How long what an answer said is believed.</summary>
    public static readonly TimeSpan Believed = TimeSpan.FromMinutes(1);

    private readonly RateMeter? _requests = Configured(configured.RequestsPerMinute, time);
    private readonly RateMeter? _tokens = Configured(configured.TokensPerMinute, time);
    private (RateMeter Meter, long At)? _requestsTold;
    private (RateMeter Meter, long At)? _tokensTold;
    private double _share = 1;
    private int _underWay;

    /// <summary>Whether there is nothing to wait for.</summary>
    public bool IsEmpty => configured.IsEmpty && _requestsTold is null && _tokensTold is null;

    public bool HasSlot => configured.ConcurrentRequests is not { } most || _underWay < Math.Max(1, (int)(most * _share));

    /// <summary>The largest part that a request takes of any limit.</summary>
    public double CostOf(long tokens)
    {
        var cost = 0.0;
        foreach (var (meter, kind, _) in All()) cost = Math.Max(cost, (kind == QuotaKind.TokensPerMinute ? Math.Max(tokens, 1) : 1) / (double)meter.Limit);
        return cost > 0 ? cost : 1.0 / (configured.ConcurrentRequests ?? 1);
    }

    /// <summary>How long until a request may be sent, but for slots.</summary>
    public TimeSpan Until(long tokens)
    {
        var longest = TimeSpan.Zero;
        foreach (var (meter, kind, _) in All()) longest = Max(longest, meter.Until(kind == QuotaKind.TokensPerMinute ? tokens : 1));
        return longest;
    }

    /// <summary>How long until so many will have been sent, but for slots.</summary>
    public TimeSpan UntilAll(int requests, long tokens)
    {
        var longest = TimeSpan.Zero;
        foreach (var (meter, kind, _) in All()) longest = Max(longest, meter.UntilAll(kind == QuotaKind.TokensPerMinute ? tokens : requests));
        return longest;
    }

    /// <summary>A request is sent, whether there is room or not.</summary>
    public void Begin(long tokens)
    {
        _underWay++;
        foreach (var (meter, kind, _) in All()) meter.Take(kind == QuotaKind.TokensPerMinute ? tokens : 1);
    }

    /// <summary>It has ended, and took other than was thought.</summary>
    public void End(int requestsBack, long tokensBack)
    {
        _underWay--;
        foreach (var (meter, kind, _) in All()) meter.GiveBack(kind == QuotaKind.TokensPerMinute ? tokensBack : requestsBack);
    }

    public void Hear(LimitsTold told)
    {
        var now = time.GetTimestamp();
        Hear(ref _requestsTold, told.Requests, now);
        Hear(ref _tokensTold, told.Tokens, now);
    }

    /// <summary>Forgets what no answer has said for a while.</summary>
    public void Forget()
    {
        if (_requestsTold is { } requests && time.GetElapsedTime(requests.At) > Believed) _requestsTold = null;
        if (_tokensTold is { } tokens && time.GetElapsedTime(tokens.At) > Believed) _tokensTold = null;
    }

    public void SetShare(double share)
    {
        _share = share;
        foreach (var (meter, _, _) in All()) meter.SetShare(share);
    }

    /// <summary>All of them, as an operator sees them.</summary>
    public IEnumerable<LaneLimitReport> Describe()
    {
        foreach (var (meter, kind, source) in All()) yield return new LaneLimitReport(kind, source, meter.Limit, (long)Math.Floor(meter.Left));
        if (configured.ConcurrentRequests is { } most) yield return new LaneLimitReport(QuotaKind.ConcurrentRequests, LimitSource.Configured, most, Math.Max(0, (int)(most * _share) - _underWay));
    }

    private static RateMeter? Configured(long? perMinute, TimeProvider time) =>
        perMinute is { } limit ? new RateMeter(time, limit, limit, Math.Max(1, limit * Gathers), share: 1) : null;

    private void Hear(ref (RateMeter Meter, long At)? known, LimitTold? told, long now)
    {
        if (told is not { } limit) return;
        var meter = known?.Meter is { } same && same.Limit == limit.Limit ? same : new RateMeter(time, limit.Limit, limit.PerMinute, limit.Limit, _share);
        if (limit.Left is { } left) meter.Hear(left, limit.PerMinute);
        known = (meter, now);
    }

    private IEnumerable<(RateMeter Meter, QuotaKind Kind, LimitSource Source)> All()
    {
        if (_requests is not null) yield return (_requests, QuotaKind.RequestsPerMinute, LimitSource.Configured);
        if (_tokens is not null) yield return (_tokens, QuotaKind.TokensPerMinute, LimitSource.Configured);
        if (_requestsTold is { } requests) yield return (requests.Meter, QuotaKind.RequestsPerMinute, LimitSource.Learned);
        if (_tokensTold is { } tokens) yield return (tokens.Meter, QuotaKind.TokensPerMinute, LimitSource.Learned);
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
