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
    private const string Secrets = "/secrets";

    private static string[] Names => [CertificateKeeper.AuthoritySecret, CertificateRole.Silo.Secret, CertificateRole.WebFront.Secret];

    // The one list. `list` goes with `watch`: it is the same data.
    private static readonly string[] Silo =
    [
        $"get {Clusters}", $"list {Clusters}", $"watch {Clusters}", $"create {Clusters}",
        $"update {Status}",
        $"list {Leases}", $"create {Leases}", $"patch {Leases}", $"delete {Leases}",
    ];

    private static readonly string[] WebFront = [$"get {Clusters}", $"list {Clusters}", $"watch {Clusters}"];

    // What it may read and change is bound to names; what it may create cannot be.
    private static readonly string[] ClusterCertificates = [$"create {Secrets}", .. Names.SelectMany(name => new[] { $"get {Secrets} {name}", $"update {Secrets} {name}" })];

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
        ["ReadNamespacedSecretAsync"] = [$"get {Secrets}"],
        ["CreateNamespacedSecretAsync"] = [$"create {Secrets}"],
        ["ReplaceNamespacedSecretAsync"] = [$"update {Secrets}"],
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
            string[] needed = pods.Name switch { "silo" => Silo, "webfront" => WebFront, "cluster-certificates" => ClusterCertificates, _ => [] };
            Assert.Equal(needed.Order(StringComparer.Ordinal), Granted(manifest, pods.Pod.ServiceAccountName).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void The_list_is_what_the_membership_library_calls()
    {
        var called = Called("Clustering.Kubernetes");

        Assert.Equal([], called.Except(Methods.Keys));
        Assert.Equal(Silo.Order(StringComparer.Ordinal), called.SelectMany(method => Methods[method]).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory, InlineData("silo"), InlineData("client")]
    public void The_list_is_what_the_librarys_page_tells(string who)
    {
        var told = File.ReadLines(Repository.PathOf("Clustering.Kubernetes", "README.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 6 && cells[1] == who)
            .SelectMany(cells => cells[4].Split(", "), (cells, verb) => $"{verb} {cells[2].Trim('`')}/{cells[3].Trim('`')}");
        Assert.Equal((who == "silo" ? Silo : WebFront).Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_list_is_what_the_keeper_of_certificates_calls()
    {
        var needed = Called("Silo", "ClusterTls").SelectMany(method => Methods[method]);
        Assert.Equal(
            needed.Order(StringComparer.Ordinal),
            ClusterCertificates.Select(right => string.Join(' ', right.Split(' ').Take(2))).Distinct().Order(StringComparer.Ordinal));
        foreach (var room in new[] { "Silo/Hosting", "WebFront", "Grains" }) Assert.Empty(Called(room));
    }

    [Fact]
    public void Nobody_else_may_read_a_secret()
    {
        foreach (var overlay in Kustomize.Overlays)
            foreach (var role in Kustomize.Build(overlay).All<V1Role>().Where(role => role.Metadata.Name != "cluster-certificates"))
                Assert.DoesNotContain(role.Rules, rule => rule.Resources.Contains("secrets") || rule.Resources.Contains("*"));
        Assert.DoesNotContain(
            Kustomize.Build("production").Workloads.SelectMany(pods => pods.Pod.Volumes ?? []),
            volume => volume.Secret?.SecretName == CertificateKeeper.AuthoritySecret);
    }

    private static List<string> Called(params string[] room) =>
        [.. Directory.EnumerateFiles(Repository.PathOf(room), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Call().Matches(File.ReadAllText(file)).Select(match => match.Value))
            .Distinct()];

    private static IEnumerable<string> Granted(Manifest manifest, string account) =>
        from binding in manifest.All<V1RoleBinding>()
        where binding.Subjects.Any(subject => subject.Kind == "ServiceAccount" && subject.Name == account)
        from rule in manifest.One<V1Role>(binding.RoleRef.Name).Rules
        from @group in rule.ApiGroups
        from resource in rule.Resources
        from verb in rule.Verbs
        from name in rule.ResourceNames is { Count: > 0 } names ? names.Select(name => $" {name}") : [""]
        select $"{verb} {@group}/{resource}{name}";

    [GeneratedRegex(@"\b(Get|Read|List|WatchList|Watch|Create|Replace|Patch|Delete|DeleteCollection)(Namespaced|Cluster)\w+Async\b")]
    private static partial Regex Call();
}
