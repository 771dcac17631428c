using CsCheck;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Random price cards, and usages that keep within bounds.</summary>
internal static class PriceGen
{
    private static readonly Gen<Money> Price = Gen.OneOf(Gen.Long[0, 3_000], Gen.Long[0, 100_000_000_000]).Select(nano => new Money(nano));

    private static readonly Gen<Money?[]> Optional = Gen.OneOf(Gen.Const(() => (Money?)null), Price.Select(price => (Money?)price)).Array[6];

    private static readonly Gen<PriceTier> Tier = Gen.Select(Gen.Long[1, 60_000], Price, Price, Optional).Select(x => new PriceTier
    {
        AboveInputTokens = x.Item1,
        InputUsdPerMillion = x.Item2,
        OutputUsdPerMillion = x.Item3,
        CachedInputUsdPerMillion = x.Item4[0],
        CacheWriteUsdPerMillion = x.Item4[1],
        LongCacheWriteUsdPerMillion = x.Item4[2],
        AudioInputUsdPerMillion = x.Item4[3],
        ImageInputUsdPerMillion = x.Item4[4],
        AudioOutputUsdPerMillion = x.Item4[5],
    });

    /// <summary>Cards with and without prices of every kind and up to three tiers, dearer and cheaper than the card.</summary>
    public static readonly Gen<PriceCard> Card = Gen.Select(Price, Price, Optional, Tier.Array[0, 3]).Select(x => new PriceCard
    {
        Version = "v",
        EffectiveFrom = DateTimeOffset.UnixEpoch,
        InputUsdPerMillion = x.Item1,
        OutputUsdPerMillion = x.Item2,
        CachedInputUsdPerMillion = x.Item3[0],
        CacheWriteUsdPerMillion = x.Item3[1],
        LongCacheWriteUsdPerMillion = x.Item3[2],
        AudioInputUsdPerMillion = x.Item3[3],
        ImageInputUsdPerMillion = x.Item3[4],
        AudioOutputUsdPerMillion = x.Item3[5],
        Tiers = [.. x.Item4.DistinctBy(tier => tier.AboveInputTokens).OrderBy(tier => tier.AboveInputTokens)],
    });

    /// <summary>How large each kind of token is, in thousandths of what it may be: often nothing, often all.</summary>
    public static readonly Gen<int[]> Shares = Gen.Frequency((1, Gen.Const(0)), (2, Gen.Const(1_000)), (3, Gen.Int[0, 1_000])).Array[9];

    /// <summary>Any plausible usage of at most so many tokens; often all of them.</summary>
    public static Gen<TokenUsage> Usage(long mostInput, long mostOutput) => Shares.Select(shares => UsageOf(shares, mostInput, mostOutput));

    /// <summary>The plausible usage that some shares make of at most so many tokens.</summary>
    public static TokenUsage UsageOf(int[] shares, long mostInput, long mostOutput)
    {
        var input = Part(mostInput, shares[0]);
        var output = Part(mostOutput, shares[1]);
        var cached = Part(input, shares[2]);
        var written = Part(input - cached, shares[3]);
        var audio = Part(input, shares[5]);
        return new TokenUsage(
            input, output, cached, Part(output, shares[7]), written, Part(written, shares[4]), audio, Part(input - audio, shares[6]), Part(output, shares[8]));
    }

    private static long Part(long most, int share) => most * share / 1_000;
}
