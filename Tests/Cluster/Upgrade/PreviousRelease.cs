using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Upgrade;

/// <summary>The releases before this one, named in <c>previous-release.txt</c> and built by <c>Tests/upgrade.sh</c>.</summary>
internal static class PreviousRelease
{
    private const string Variable = "PREVIOUS_RELEASES";

    /// <summary>The build whose data directories this one reads; skips the test where there is none.</summary>
    public static GatewayPlace OfStore => Of("store");

    /// <summary>The build whose processes share a cluster with this one's; skips the test where there is none.</summary>
    public static GatewayPlace OfCluster => Of("cluster");

    private static GatewayPlace Of(string what)
    {
        var builds = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(builds), $"{Variable} names no builds of previous releases; run Tests/upgrade.sh, which makes them and then runs this.");
        return new GatewayPlace(Path.Combine(builds!, what, "Silo", "bin", "Release", "net10.0"));
    }
}
