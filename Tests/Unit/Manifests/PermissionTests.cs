using System.Text.RegularExpressions;
using k8s.Models;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>Who may ask the API server for what: the calls that the code makes, and no more.</summary>
public sealed partial class PermissionTests
{
    private const string Clusters = "orleans.gateway.dev/orleansclusters";
    private const string Status = "orleans.gateway.dev/orleansclusters/status";
    private const string Leases = "coordination.k8s.io/leases";

    // The one list. `list` goes with `watch`: it is the same data.
    private static readonly string[] Silo =
    [
        $"get {Clusters}", $"list {Clusters}", $"watch {Clusters}", $"create {Clusters}",
        $"update {Status}",
        $"list {Leases}", $"create {Leases}", $"patch {Leases}", $"delete {Leases}",
    ];

    private static readonly string[] WebFront = [$"get {Clusters}", $"list {Clusters}", $"watch {Clusters}"];

    // The client's methods, as permissions. Server-side apply makes what is not there, so it needs both of its verbs.
    private static readonly Dictionary<string, string[]> Methods = new()
    {
        ["GetNamespacedCustomObjectAsync"] = [$"get {Clusters}"],
        ["ListNamespacedCustomObjectAsync"] = [$"list {Clusters}"],
        ["CreateNamespacedCustomObjectAsync"] = [$"create {Clusters}"],
        ["ReplaceNamespacedCustomObjectStatusAsync"] = [$"update {Status}"],
        ["WatchListNamespacedCustomObjectAsync"] = [$"watch {Clusters}", $"list {Clusters}"],
        ["PatchNamespacedLeaseAsync"] = [$"patch {Leases}", $"create {Leases}"],
        ["ListNamespacedLeaseAsync"] = [$"list {Leases}"],
        ["DeleteNamespacedLeaseAsync"] = [$"delete {Leases}"],
        // Takes a whole cluster apart: for operators' tools, never for a running silo.
        ["DeleteNamespacedCustomObjectAsync"] = [],
    };

    public static TheoryData<string> Overlays => [.. Kustomize.Overlays];

    [Theory, MemberData(nameof(Overlays))]
    public void Each_program_may_do_what_it_does_and_no_more(string overlay)
    {
        var manifest = Kustomize.Build(overlay);
        Assert.Empty(manifest.All<V1ClusterRole>());
        Assert.Empty(manifest.All<V1ClusterRoleBinding>());
        foreach (var pods in manifest.Workloads)
        {
            string[] needed = pods.Name switch { "silo" => Silo, "webfront" => WebFront, _ => [] };
            Assert.Equal(needed.Order(StringComparer.Ordinal), Granted(manifest, pods.Pod.ServiceAccountName).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void The_list_is_what_the_membership_library_calls()
    {
        var called = Directory.EnumerateFiles(Repository.PathOf("Clustering.Kubernetes"), "*.cs").SelectMany(file => Call().Matches(File.ReadAllText(file)).Select(match => match.Value)).Distinct().ToList();

        Assert.Equal([], called.Except(Methods.Keys));
        Assert.Equal(Silo.Order(StringComparer.Ordinal), called.SelectMany(method => Methods[method]).Distinct().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Granted(Manifest manifest, string account) =>
        from binding in manifest.All<V1RoleBinding>()
        where binding.Subjects.Any(subject => subject.Kind == "ServiceAccount" && subject.Name == account)
        from rule in manifest.One<V1Role>(binding.RoleRef.Name).Rules
        from @group in rule.ApiGroups
        from resource in rule.Resources
        from verb in rule.Verbs
        select $"{verb} {@group}/{resource}";

    [GeneratedRegex(@"\b(Get|List|WatchList|Watch|Create|Replace|Patch|Delete|DeleteCollection)(Namespaced|Cluster)\w+Async\b")]
    private static partial Regex Call();
}
