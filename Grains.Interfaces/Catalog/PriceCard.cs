namespace OrleansGateway;

/// <summary>Prices of one model from an instant on, in US dollars per million tokens.</summary>
[GenerateSerializer, Immutable, Alias("price-card")]
public sealed record PriceCard
{
    private const long Million = 1_000_000;

    /// <summary>The name under which postings cite this card: the date it starts, unless the operator named it.</summary>
    [Id(0)] public required string Version { get; init; }

    /// <summary>From when on it applies.</summary>
    [Id(1)] public required DateTimeOffset EffectiveFrom { get; init; }

    /// <summary>Per million input tokens.</summary>
    [Id(2)] public required Money InputUsdPerMillion { get; init; }

    /// <summary>Per million output tokens; reasoning tokens are output.</summary>
    [Id(3)] public required Money OutputUsdPerMillion { get; init; }

    /// <summary>Per million input tokens served from the upstream's cache; null prices them as other input.</summary>
    [Id(4)] public Money? CachedInputUsdPerMillion { get; init; }

    /// <summary>
    /// What a usage costs: each kind of token times its price, summed exactly, then rounded up once to a whole nano-dollar.
    /// </summary>
    public Money CostOf(TokenUsage usage)
    {
        var cached = CachedInputUsdPerMillion ?? InputUsdPerMillion;
        return RoundUp(
            Exact(usage.Input - usage.CachedInput, InputUsdPerMillion)
            + Exact(usage.CachedInput, cached)
            + Exact(usage.Output, OutputUsdPerMillion));
    }

    /// <summary>The most that a request can cost: no input token is dearer than the dearest input price.</summary>
    public Money WorstCase(long inputTokens, long outputTokens)
    {
        var dearestInput = Money.Max(InputUsdPerMillion, CachedInputUsdPerMillion ?? Money.Zero);
        return RoundUp(Exact(inputTokens, dearestInput) + Exact(outputTokens, OutputUsdPerMillion));
    }

    /// <summary>How many output tokens an amount buys after the input is paid for; negative when it does not cover the input.</summary>
    public long AffordableOutput(Money amount, long inputTokens)
    {
        var rest = amount - WorstCase(inputTokens, 0);
        if (rest.IsNegative) return -1;
        if (OutputUsdPerMillion.NanoDollars == 0) return long.MaxValue;
        return (long)Int128.Min((Int128)rest.NanoDollars * Million / OutputUsdPerMillion.NanoDollars, long.MaxValue);
    }

    private static Int128 Exact(long tokens, Money perMillion) => (Int128)tokens * perMillion.NanoDollars;

    private static Money RoundUp(Int128 nanoMillionths) => new(checked((long)((nanoMillionths + (Million - 1)) / Million)));
}
