namespace OrleansGateway;

/// <summary>
/// Where a budget is heading if its scope goes on spending as of late. A window's reset is respected: nothing of what it cost is carried over, and
/// what happens after it is not this window's. Raises are taken to last, and what is held or in suspense to be spent when it comes to the end of
/// the money, but not in the forecast of what will have been spent.
/// </summary>
internal static class BudgetForecast
{
    /// <summary>The status with its forecast; <paramref name="at"/> is the instant it was taken for.</summary>
    public static BudgetStatus Add(BudgetStatus status, ScopeAccount scope, DateTimeOffset at)
    {
        var perHour = scope.Burn.PerHour(status.Window, at);
        return status with
        {
            BurnRateUsdPerHour = perHour,
            ForecastUsd = status.Window.Kind switch
            {
                WindowKind.Total => null,
                WindowKind.Rolling => Spent(perHour, TimeSpan.FromDays(status.Window.Days)),
                _ => Sum(status.SettledUsd + status.AbsorbedUsd, Spent(perHour, status.ResetsAt!.Value - at)),
            },
            ExhaustsAt = status.RemainingUsd <= Money.Zero ? at
                : perHour == Money.Zero ? null
                : status.Window.Kind == WindowKind.Rolling ? RollingEnd(status, perHour, scope.Buckets, at)
                : Within(End(status.RemainingUsd, perHour, at), status.ResetsAt),
        };
    }

    private static Money Spent(Money perHour, TimeSpan time) => new((long)Math.Min(perHour.NanoDollars * time.TotalHours, PolicyRules.LimitCeiling.NanoDollars));

    private static Money Sum(Money a, Money b) => new((long)Int128.Min((Int128)a.NanoDollars + b.NanoDollars, long.MaxValue));

    private static DateTimeOffset? Within(DateTimeOffset? end, DateTimeOffset? resetsAt) => resetsAt is null || end < resetsAt ? end : null;

    /// <summary>When an amount is spent; null for never, as far as calendars go.</summary>
    private static DateTimeOffset? End(Money remaining, Money perHour, DateTimeOffset at)
    {
        var hours = (double)remaining.NanoDollars / perHour.NanoDollars;
        return hours < (DateTimeOffset.MaxValue - at).TotalHours ? at + TimeSpan.FromHours(hours) : null;
    }

    /// <summary>
    /// A rolling window gets back what leaves it, piece by piece, while the rate takes. Within its N days either the money ends or it never does: after
    /// that as much leaves as comes.
    /// </summary>
    private static DateTimeOffset? RollingEnd(BudgetStatus status, Money perHour, BudgetBuckets buckets, DateTimeOffset at)
    {
        var horizon = at + TimeSpan.FromDays(status.Window.Days);
        var free = status.RemainingUsd;
        foreach (var (leaves, amount) in buckets.Leaving(status.Window, at))
        {
            if (leaves > horizon) break;
            if (End(free, perHour, at) is { } end && end < leaves) return end;
            free += amount;
            if (free - Spent(perHour, leaves - at) <= Money.Zero) return leaves;
        }
        return Within(End(free, perHour, at), horizon);
    }
}
