namespace OrleansGateway;

/// <summary>
/// How fast one scope spends: exponentially decaying sums of its postings, one for each of five half-lives. With a half-life h, every posting
/// c made at t counts S = Σ c · 2^(−(now − t)/h), which a steady rate r keeps at r · h / ln 2; a scope known only since t₀ has reached the share
/// 1 − 2^(−(now − t₀)/h) of that. So r = S · ln 2 / (h · share), where now − t₀ counts for h/8 at least: one posting alone is taken for what
/// an eighth of a half-life costs. A window's half-life is a quarter of the window. Part of the fold, in the book's time.
/// </summary>
internal sealed class BurnRates
{
    private static readonly TimeSpan[] HalfLives =
        [TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(15), TimeSpan.FromHours(6), TimeSpan.FromHours(42), TimeSpan.FromHours(180)];

    private const double ShortestAge = 1.0 / 8;

    private long[]? _sums;
    private DateTimeOffset _at;
    private DateTimeOffset _since;

    public void Add(DateTimeOffset at, Money amount)
    {
        if (_sums is null)
        {
            _sums = new long[HalfLives.Length];
            _since = _at = at;
        }
        for (var i = 0; i < _sums.Length; i++) _sums[i] = Clamped(Decayed(i, at) + amount.NanoDollars);
        _at = at;
    }

    /// <summary>What an hour costs at the rate of an instant, which is the book's time or later; for use with a budget of the given window.</summary>
    public Money PerHour(BudgetWindow window, DateTimeOffset at)
    {
        if (_sums is null) return Money.Zero;
        var i = HalfLifeOf(window);
        var age = Math.Max((at - _since) / HalfLives[i], ShortestAge);
        return new Money(Clamped(Decayed(i, at) * Math.Log(2) / (HalfLives[i].TotalHours * (1 - Math.Pow(2, -age)))));
    }

    /// <summary>For a snapshot; null when nothing was ever spent.</summary>
    public BurnState? ToState() => _sums is null ? null : new BurnState { Sums = [.. _sums], At = _at, Since = _since };

    public void Restore(BurnState? state)
    {
        if (state is null || state.Sums.Count != HalfLives.Length) return;
        _sums = [.. state.Sums];
        (_at, _since) = (state.At, state.Since);
    }

    private double Decayed(int i, DateTimeOffset at) => _sums![i] * Math.Pow(2, -((at - _at) / HalfLives[i]));

    // A forecast needs no more than a double's fifteen digits; whole nano-dollars make it the same after a snapshot.
    private static long Clamped(double nanoDollars) => nanoDollars >= PolicyRules.LimitCeiling.NanoDollars ? PolicyRules.LimitCeiling.NanoDollars : (long)nanoDollars;

    private static int HalfLifeOf(BudgetWindow window) => window.Kind switch
    {
        WindowKind.Minute => 0,
        WindowKind.Hour => 1,
        WindowKind.Day => 2,
        WindowKind.Week => 3,
        WindowKind.Rolling when window.Days <= 2 => 2,
        WindowKind.Rolling when window.Days <= 14 => 3,
        _ => 4,
    };
}

/// <summary>What is stored of <see cref="BurnRates"/>: the sums in nano-dollars as of an instant, and since when there are any.</summary>
internal sealed record BurnState
{
    public required IReadOnlyList<long> Sums { get; init; }

    public required DateTimeOffset At { get; init; }

    public required DateTimeOffset Since { get; init; }
}
