using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>What is held for a request, and the targets that it covers: none of them can cost more than that within the bounds.</summary>
internal readonly record struct HoldPrice(ImmutableArray<PlanTarget> Targets, Money Amount, long InputTokens, int OutputTokens, bool CapOutput, int? HeldOutputTokens = null)
{
    /// <summary>
    /// The dearest of what the money left covers. A caller without an output limit gets the first target's, or what the money buys there; a hop that
    /// cannot give the output asked for, or that would not fit in the money left, is left out. When none of the leading ones fits, the first is priced all
    /// the same, so that the denial says what is missing.
    /// </summary>
    /// <param name="request">What is asked.</param>
    /// <param name="hops">The ways to serve it, in order; at least one.</param>
    /// <param name="leading">How many of them, from the first, are as good as what was asked for: the others are for when it fails.</param>
    /// <param name="remaining">The money left.</param>
    /// <param name="slice">Output tokens to hold for the time being, of a stream that is extended as it goes on; null holds them all.</param>
    public static HoldPrice Of(ReservationRequest request, ReadOnlySpan<Hop> hops, int leading, Money remaining, int? slice = null)
    {
        var capOutput = request.OutputTokens is null && request.Api.Kind() == ModelKind.Chat;
        var input = 0L;
        foreach (var hop in hops) input = Math.Max(input, InputBound(request, hop.Model));

        var least = Math.Min(request.OutputTokens ?? (capOutput ? 1 : 0), slice ?? int.MaxValue) * (long)request.Choices;
        var first = 0;
        while (first < leading && hops[first].Price.WorstCase(input, least) > remaining) first++;
        if (first == leading) first = 0;

        var output = request.OutputTokens ?? 0;
        if (capOutput)
        {
            var affordable = hops[first].Price.AffordableOutput(Money.Max(remaining, Money.Zero), input) / request.Choices;
            // Not even one token: price one, so that the denial says what is missing.
            output = (int)Math.Clamp(affordable, 1, hops[first].Model.MaxOutputTokens);
        }
        int? held = null;
        if (slice is { } most)
        {
            held = Math.Min(output, most);
            // What the money does not buy yet it may buy when it is needed.
            if (capOutput) output = hops[first].Model.MaxOutputTokens;
        }

        var targets = ImmutableArray.CreateBuilder<PlanTarget>(hops.Length - first);
        var amount = Money.Zero;
        for (var i = first; i < hops.Length; i++)
        {
            var target = hops[i].ToTarget();
            var worst = WorstCase(target, input, held ?? output, request.Choices);
            if (i > first && (worst > remaining || (!capOutput && output > target.MaxOutputTokens))) continue;
            targets.Add(target);
            amount = Money.Max(amount, worst);
        }
        return new HoldPrice(targets.DrainToImmutable(), amount, input, output, capOutput, held);
    }

    /// <summary>Whether a hold covers all that a target can cost.</summary>
    public static bool Covers(BookEntry.Held hold, PlanTarget target) =>
        (hold.CapOutput || hold.OutputTokens <= target.MaxOutputTokens)
        && WorstCase(target, hold.InputTokens, hold.HeldOutputTokens ?? hold.OutputTokens, hold.Choices) <= hold.Amount;

    /// <summary>The most that a target can cost within bounds; one whose answers are shorter than the limit costs no more than its own longest answer.</summary>
    public static Money WorstCase(PlanTarget target, long input, int output, int choices) =>
        target.Price.WorstCase(input, Math.Min(output, target.MaxOutputTokens) * (long)choices);

    private static long InputBound(ReservationRequest request, CatalogModel model) => request.UnboundedInput
        ? model.ContextTokens
        : Math.Min(request.InputBytes + (request.Images * (long)model.MaxTokensPerImage), model.ContextTokens);
}
