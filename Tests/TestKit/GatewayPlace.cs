using System.Diagnostics;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Where a process of the gateway comes from, and where it runs.</summary>
/// <param name="Build">The folder with its programs.</param>
/// <param name="Namespace">The network namespace it runs in; null for the tests' own.</param>
internal sealed record GatewayPlace(string Build, string? Namespace = null)
{
    /// <summary>The build under test.</summary>
    public static readonly GatewayPlace Here = new(AppContext.BaseDirectory);

    public ProcessStartInfo Start(string program)
    {
        var path = Path.Combine(Build, program);
        return Namespace is null ? new("dotnet", [path]) : new("ip", ["netns", "exec", Namespace, "dotnet", path]);
    }
}
