using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Upgrade;

/// <summary>The release before this one, named in <c>previous-release.txt</c> and built by <c>Tests/upgrade.sh</c>.</summary>
internal static class PreviousRelease
{
    private const string Variable = "PREVIOUS_RELEASE";

    /// <summary>Its build; skips the test where there is none.</summary>
    public static GatewayPlace Place
    {
        get
        {
            var build = Environment.GetEnvironmentVariable(Variable);
            Assert.SkipWhen(string.IsNullOrEmpty(build), $"{Variable} names no build of the previous release; run Tests/upgrade.sh, which makes one and then runs this.");
            return new GatewayPlace(build!);
        }
    }
}
