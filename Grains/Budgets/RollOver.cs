namespace OrleansGateway;

/// <summary>What a calendar window leaves unspent and the next may spend on top of its limit.</summary>
internal static class RollOver
{
    /// <summary>
    /// What is carried from a window that ended into the one that starts at an instant, under the policy in force then. Windows in between,
    /// in which nothing was booked, each leave all of their limit. Never more than the policy's cap.
    /// </summary>
    public static Money Into(DateTimeOffset start, BudgetPolicy? budget, BudgetBucket ended, TimeZoneInfo zone)
    {
        if (budget?.RollOverUsd is not { } cap || cap == Money.Zero) return Money.Zero;
        var unspent = Int128.Max(0, (Int128)budget.LimitUsd.NanoDollars + ended.RolledOver.NanoDollars - ended.Counted.NanoDollars);
        var carried = Int128.Min(cap.NanoDollars, unspent);
        var idle = WindowCalendar.CountBetween(ended.Kind, ended.End, start, zone);
        return new Money((long)Int128.Min(cap.NanoDollars, carried + ((Int128)idle * budget.LimitUsd.NanoDollars)));
    }
}
