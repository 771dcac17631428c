namespace OrleansGateway;

/// <summary>Every limit of a lane that is known, from the settings and from the upstream's answers; all of them hold. Not safe by itself: its lane locks.</summary>
internal sealed class LaneMeters(LaneLimits configured, TimeProvider time)
{
    // A configured limit gathers for six seconds: an upstream that counts by the minute sees a tenth more than that at worst.
    private const double Gathers = 0.1;

    /// <summary>How long what an answer said is believed.</summary>
    public static readonly TimeSpan Believed = TimeSpan.FromMinutes(1);

    private readonly Told _requestsTold = new(QuotaKind.RequestsPerMinute);
    private readonly Told _tokensTold = new(QuotaKind.TokensPerMinute);
    private readonly Gauge[] _configured = Configured(configured, time);
    private Gauge[]? _withTold;
    private double _share = 1;
    private int _underWay;
    private long _tokensUnderWay;

    /// <summary>Whether there is nothing to wait for.</summary>
    public bool IsEmpty => configured.IsEmpty && _withTold is null;

    public bool HasSlot => configured.ConcurrentRequests is not { } most || _underWay < Math.Max(1, (int)(most * _share));

    /// <summary>The largest part that a request takes of any limit.</summary>
    public double CostOf(long tokens)
    {
        var cost = 0.0;
        foreach (var gauge in All) cost = Math.Max(cost, gauge.Of(1, Math.Max(tokens, 1)) / (double)gauge.Meter.Limit);
        return cost > 0 ? cost : 1.0 / (configured.ConcurrentRequests ?? 1);
    }

    /// <summary>How long until a request may be sent, but for slots.</summary>
    public TimeSpan Until(long tokens)
    {
        var longest = TimeSpan.Zero;
        foreach (var gauge in All) longest = Max(longest, gauge.Meter.Until(gauge.Of(1, tokens)));
        return longest;
    }

    /// <summary>How long until so many will have been sent, but for slots.</summary>
    public TimeSpan UntilAll(int requests, long tokens)
    {
        var longest = TimeSpan.Zero;
        foreach (var gauge in All) longest = Max(longest, gauge.Meter.UntilAll(gauge.Of(requests, tokens)));
        return longest;
    }

    /// <summary>A request is sent, whether there is room or not.</summary>
    public void Begin(long tokens)
    {
        _underWay++;
        _tokensUnderWay += tokens;
        foreach (var gauge in All) gauge.Meter.Take(gauge.Of(1, tokens));
    }

    /// <summary>It has ended, and took other than was thought; nothing when it was not sent.</summary>
    public void End(long thought, long taken, bool sent)
    {
        _underWay--;
        _tokensUnderWay -= thought;
        foreach (var gauge in All) gauge.Meter.GiveBack(gauge.Of(sent ? 0 : 1, thought - taken));
    }

    public void Hear(LimitsTold told)
    {
        Hear(_requestsTold, told.Requests);
        Hear(_tokensTold, told.Tokens);
    }

    /// <summary>Forgets what no answer has said for a while.</summary>
    public void Forget()
    {
        var (requests, tokens) = (Forget(_requestsTold), Forget(_tokensTold));
        if (requests || tokens) _withTold = WithTold();
    }

    public void SetShare(double share)
    {
        _share = share;
        foreach (var gauge in All) gauge.Meter.SetShare(share);
    }

    /// <summary>All of them, as an operator sees them.</summary>
    public IEnumerable<LaneLimitReport> Describe()
    {
        foreach (var gauge in All) yield return new LaneLimitReport(gauge.Kind, gauge.Source, gauge.Meter.Limit, (long)Math.Floor(gauge.Meter.Left));
        if (configured.ConcurrentRequests is { } most)
            yield return new LaneLimitReport(QuotaKind.ConcurrentRequests, LimitSource.Configured, most, Math.Max(0, (int)(most * _share) - _underWay));
    }

    private Gauge[] All => _withTold ?? _configured;

    private static Gauge[] Configured(LaneLimits limits, TimeProvider time)
    {
        return [.. Of(QuotaKind.RequestsPerMinute, limits.RequestsPerMinute), .. Of(QuotaKind.TokensPerMinute, limits.TokensPerMinute)];

        Gauge[] Of(QuotaKind kind, long? perMinute) =>
            perMinute is { } limit ? [new Gauge(new RateMeter(time, limit, limit, Math.Max(1, limit * Gathers), share: 1), kind, LimitSource.Configured)] : [];
    }

    private void Hear(Told known, LimitTold? told)
    {
        if (told is not { } limit) return;
        if (known.Meter?.Limit != limit.Limit)
        {
            known.Meter = new RateMeter(time, limit.Limit, limit.PerMinute, limit.Limit, _share);
            _withTold = WithTold();
        }
        if (limit.Left is { } left) known.Meter.Hear(left, limit.PerMinute, known.Kind == QuotaKind.TokensPerMinute ? _tokensUnderWay : _underWay);
        known.At = time.GetTimestamp();
    }

    private bool Forget(Told told)
    {
        if (told.Meter is null || time.GetElapsedTime(told.At) <= Believed) return false;
        told.Meter = null;
        return true;
    }

    private Gauge[]? WithTold()
    {
        var learned = new[] { _requestsTold, _tokensTold }.Where(told => told.Meter is not null).Select(told => new Gauge(told.Meter!, told.Kind, LimitSource.Learned));
        Gauge[] all = [.. _configured, .. learned];
        return all.Length > _configured.Length ? all : null;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private readonly record struct Gauge(RateMeter Meter, QuotaKind Kind, LimitSource Source)
    {
        /// <summary>What this one counts of requests and their tokens.</summary>
        public long Of(long requests, long tokens) => Kind == QuotaKind.TokensPerMinute ? tokens : requests;
    }

    /// <summary>A limit that answers tell of; no meter while none does.</summary>
    private sealed class Told(QuotaKind kind)
    {
        public QuotaKind Kind => kind;

        public RateMeter? Meter { get; set; }

        public long At { get; set; }
    }
}
