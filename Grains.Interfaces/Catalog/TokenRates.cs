namespace OrleansGateway;

/// <summary>
/// What each kind of token costs within one tier, in nano-dollars per million, so that a count times a rate is exact in millionths of a
/// nano-dollar. Nothing here rounds.
/// </summary>
internal readonly struct TokenRates
{
    private readonly long _input;
    private readonly long _cached;
    private readonly long _cacheWrite;
    private readonly long _longCacheWrite;
    private readonly long _audioInput;
    private readonly long _imageInput;
    private readonly long _output;
    private readonly long _audioOutput;

    public TokenRates(PriceCard card)
        : this(card.InputUsdPerMillion, card.CachedInputUsdPerMillion, card.CacheWriteUsdPerMillion, card.LongCacheWriteUsdPerMillion,
            card.AudioInputUsdPerMillion, card.ImageInputUsdPerMillion, card.OutputUsdPerMillion, card.AudioOutputUsdPerMillion)
    {
    }

    public TokenRates(PriceTier tier)
        : this(tier.InputUsdPerMillion, tier.CachedInputUsdPerMillion, tier.CacheWriteUsdPerMillion, tier.LongCacheWriteUsdPerMillion,
            tier.AudioInputUsdPerMillion, tier.ImageInputUsdPerMillion, tier.OutputUsdPerMillion, tier.AudioOutputUsdPerMillion)
    {
    }

    private TokenRates(Money input, Money? cached, Money? cacheWrite, Money? longCacheWrite, Money? audioInput, Money? imageInput, Money output, Money? audioOutput)
    {
        _input = input.NanoDollars;
        _cached = (cached ?? input).NanoDollars;
        _cacheWrite = (cacheWrite ?? input).NanoDollars;
        _longCacheWrite = (longCacheWrite ?? cacheWrite ?? input).NanoDollars;
        _audioInput = (audioInput ?? input).NanoDollars;
        _imageInput = (imageInput ?? input).NanoDollars;
        _output = output.NanoDollars;
        _audioOutput = (audioOutput ?? output).NanoDollars;
    }

    /// <summary>No input token costs more.</summary>
    public long DearestInput =>
        Math.Max(Math.Max(Math.Max(_input, _cached), Math.Max(_cacheWrite, _longCacheWrite)), Math.Max(_audioInput, _imageInput));

    /// <summary>No output token costs more.</summary>
    public long DearestOutput => Math.Max(_output, _audioOutput);

    /// <summary>
    /// The exact cost of a plausible usage. An upstream tells how many tokens were cached and how many were sound, not how many were both: as
    /// far as there is text, cached and written tokens are taken to be text. Beyond that a token has two prices, and the dearer one is charged.
    /// </summary>
    public Int128 CostOf(in TokenUsage usage)
    {
        ReadOnlySpan<(long Tokens, long Rate)> parts =
        [
            (usage.CachedInput, _cached),
            (usage.CacheWrite - usage.LongCacheWrite, _cacheWrite),
            (usage.LongCacheWrite, _longCacheWrite),
            (usage.AudioInput, _audioInput),
            (usage.ImageInput, _imageInput),
        ];
        return CostOfInput(usage.Input, parts)
            + ((Int128)usage.AudioOutput * _audioOutput)
            + ((Int128)(usage.Output - usage.AudioOutput) * _output);
    }

    private Int128 CostOfInput(long input, ReadOnlySpan<(long Tokens, long Rate)> parts)
    {
        var cost = Int128.Zero;
        var left = input;
        var charged = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            var dearest = -1;
            for (var j = 0; j < parts.Length; j++)
                if ((charged & (1 << j)) == 0 && (dearest < 0 || parts[j].Rate > parts[dearest].Rate)) dearest = j;
            charged |= 1 << dearest;
            var tokens = Math.Min(parts[dearest].Tokens, left);
            cost += (Int128)tokens * parts[dearest].Rate;
            left -= tokens;
        }
        return cost + ((Int128)left * _input);
    }
}
