using System.Text.Json.Serialization;

namespace OrleansGateway.Admin;

/// <summary>What a provider says; what it does not say is null.</summary>
internal sealed record Figures
{
    public static readonly Figures None = new();

    public long? Requests { get; init; }

    public long? InputTokens { get; init; }

    public long? CachedInputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public Money? CostUsd { get; init; }

    /// <summary>Rows in the sum.</summary>
    [JsonIgnore]
    public int Rows { get; init; }

    [JsonIgnore]
    public bool IsZero => (Requests ?? 0) == 0 && (InputTokens ?? 0) == 0 && (CachedInputTokens ?? 0) == 0 && (OutputTokens ?? 0) == 0 && (CostUsd ?? Money.Zero) == Money.Zero;

    public static Figures Of(IEnumerable<UploadRow> rows)
    {
        var sum = None;
        foreach (var row in rows)
        {
            sum = new Figures
            {
                Requests = Sum(sum.Requests, row.Requests),
                InputTokens = Sum(sum.InputTokens, row.InputTokens),
                CachedInputTokens = Sum(sum.CachedInputTokens, row.CachedInputTokens),
                OutputTokens = Sum(sum.OutputTokens, row.OutputTokens),
                CostUsd = row.CostUsd is { } cost ? (sum.CostUsd ?? Money.Zero) + cost : sum.CostUsd,
                Rows = sum.Rows + 1,
            };
        }
        return sum;
    }

    private static long? Sum(long? a, long? b) => b is { } more ? (a ?? 0) + more : a;
}

/// <summary>What the books say. Adjustments are no part of it, but for what reconciliations corrected of the same usage.</summary>
internal sealed record GatewayFigures
{
    public long Requests { get; init; }

    public long InputTokens { get; init; }

    public long CachedInputTokens { get; init; }

    public long OutputTokens { get; init; }

    /// <summary>Invoiced.</summary>
    public Money CostUsd { get; init; }

    /// <summary>Cost above what was held, which is not invoiced.</summary>
    public Money AbsorbedUsd { get; init; }

    /// <summary>Of both, what was estimated.</summary>
    public Money EstimatedUsd { get; init; }

    /// <summary>Requests whose tokens were estimated.</summary>
    public long Estimated { get; init; }

    /// <summary>Held for attempts of which nobody knows whether the provider charged them; in none of the others.</summary>
    public Money SuspenseUsd { get; init; }

    /// <summary>Corrected by reconciliations so far.</summary>
    public Money CorrectedUsd { get; init; }

    public static GatewayFigures Of(in UsageTotals totals, Money suspense, Money corrected) => new()
    {
        Requests = totals.Requests,
        InputTokens = totals.InputTokens,
        CachedInputTokens = totals.CachedInputTokens,
        OutputTokens = totals.OutputTokens,
        CostUsd = totals.CostUsd - totals.AdjustedUsd,
        AbsorbedUsd = totals.AbsorbedUsd,
        EstimatedUsd = totals.EstimatedUsd,
        Estimated = totals.Estimated,
        SuspenseUsd = suspense,
        CorrectedUsd = corrected,
    };

    /// <summary>What a provider says, less this; only of what it says anything.</summary>
    public Figures From(Figures provider) => new()
    {
        Requests = provider.Requests - Requests,
        InputTokens = provider.InputTokens - InputTokens,
        CachedInputTokens = provider.CachedInputTokens - CachedInputTokens,
        OutputTokens = provider.OutputTokens - OutputTokens,
        CostUsd = provider.CostUsd - (CostUsd + AbsorbedUsd + CorrectedUsd),
        Rows = provider.Rows,
    };

    /// <summary>How the two compare: within the provider's rounding, a row at a time, they are equal.</summary>
    public Verdict Compare(Figures difference, Money rounding)
    {
        var slack = new Money(rounding.NanoDollars * difference.Rows);
        var cost = difference.CostUsd ?? Money.Zero;
        if (cost > slack && SuspenseUsd > Money.Zero && cost <= SuspenseUsd + slack) return Verdict.Suspense;
        var agrees = cost <= slack && cost >= Money.Zero - slack;
        return agrees && (difference with { CostUsd = null }).IsZero ? Verdict.Equal : Verdict.Drift;
    }
}
