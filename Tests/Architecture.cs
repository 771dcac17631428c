using System.Reflection;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

/// <summary>Who may reference whom: the arrows of docs/architecture.md.</summary>
public sealed class Architecture
{
    private static readonly Assembly Interfaces = typeof(ITenantGrain).Assembly;
    private static readonly Assembly Grains = typeof(IBook).Assembly;
    private static readonly Assembly WebFront = typeof(WebFrontHost).Assembly;
    private static readonly Assembly Silo = typeof(SiloHost).Assembly;
    private static readonly Assembly Kubernetes = typeof(KubernetesClusteringOptions).Assembly;
    private static readonly Assembly Simulator = typeof(Simulator.UpstreamSimulatorHost).Assembly;

    [Fact]
    public void The_interfaces_know_nothing_but_the_orleans_sdk() =>
        AssertReferences(Interfaces, ours: [], mustNotKnow: ["Microsoft.AspNetCore", "Orleans.Runtime", "StackExchange", "Microsoft.Data", "Polly", "Serilog"]);

    [Fact]
    public void The_grains_never_see_http() => AssertReferences(Grains, ours: [Interfaces], mustNotKnow: ["Microsoft.AspNetCore", "Serilog"]);

    [Fact]
    public void The_web_front_never_sees_the_grains() => AssertReferences(WebFront, ours: [Interfaces, Kubernetes], mustNotKnow: ["Orleans.Runtime", "Microsoft.Data", "Polly"]);

    [Fact]
    public void The_silo_puts_them_together() => AssertReferences(Silo, ours: [Interfaces, Grains, WebFront, Kubernetes, Simulator], mustNotKnow: []);

    [Fact]
    public void The_membership_library_can_be_taken_alone() => AssertReferences(Kubernetes, ours: [], mustNotKnow: ["Microsoft.AspNetCore", "StackExchange", "Serilog", "Polly"]);

    [Fact]
    public void The_simulator_stands_alone() => AssertReferences(Simulator, ours: [], mustNotKnow: ["Orleans"]);

    [Fact]
    public void No_file_is_longer_than_four_hundred_lines_without_saying_why()
    {
        var root = Repository.Root;
        var long_ = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .Where(f => File.ReadLines(f).Count() > 400 && !File.ReadLines(f).Take(3).Any(l => l.StartsWith("// One thing:", StringComparison.Ordinal)));
        Assert.Empty(long_);
    }

    private static void AssertReferences(Assembly assembly, Assembly[] ours, string[] mustNotKnow)
    {
        var referenced = assembly.GetReferencedAssemblies().Select(a => a.Name!).ToList();
        Assert.Equal([], referenced.Where(r => r.StartsWith("OrleansGateway.", StringComparison.Ordinal)).Except(ours.Select(o => o.GetName().Name!)));
        Assert.DoesNotContain(referenced, r => mustNotKnow.Any(m => r.StartsWith(m, StringComparison.Ordinal)));
    }
}
