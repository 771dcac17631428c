namespace OrleansGateway;

/// <summary>A race of independent clocks: each is the first to ring as often as its rate is of all rates.</summary>
internal static class WeightedTurn
{
    /// <summary>When one of this weight rings; those of no weight race among themselves.</summary>
    public static double Of(int weight, Random random) => -Math.Log(1 - random.NextDouble()) / Math.Max(weight, 1);
}
