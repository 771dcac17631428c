using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>What the definition itself refuses, whoever writes: the last line of defence against hands and restores.</summary>
public sealed class KubernetesDefinitionTests : ApiServerTests
{
    private Kubernetes _client = null!;

    private protected override async Task PrepareAsync()
    {
        _client = new Kubernetes(Server.Configuration());
        var table = Handles.Table("c");
        await table.InitializeMembershipTableAsync(true, Cancelled);
        for (var i = 1; i <= 2; i++) Assert.True(await table.InsertRowAsync(Silos.Row(Silos.Address(i)), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
    }

    public override async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("a version that decreases", "version cannot decrease")]
    [InlineData("no status at all", "status cannot be taken away")]
    [InlineData("a state that is none", "Unsupported value")]
    [InlineData("a row without an address", "Required value")]
    [InlineData("too many rows", "must have at most 2000 items")]
    [InlineData("a time that is none", "date-time")]
    [InlineData("a port that is none", "out of range")]
    public async Task A_status_with_this_is_refused(string what, string why)
    {
        var found = Found();
        var status = found["status"]!;
        var row = status["members"]![0]!.AsObject();
        if (what == "a version that decreases") status["version"] = 1;
        if (what == "no status at all") found.Remove("status");
        if (what == "a state that is none") row["status"] = "None";
        if (what == "a row without an address") row.Remove("address");
        if (what == "too many rows") status["members"] = new JsonArray([.. Enumerable.Range(0, 2001).Select(_ => row.DeepClone())]);
        if (what == "a time that is none") row["startTime"] = "yesterday";
        if (what == "a port that is none") row["proxyPort"] = 65_536;

        await AssertRefusedAsync(
            () => _client.CustomObjects.ReplaceNamespacedCustomObjectStatusAsync(
                found, ClusterObject.Group, ClusterObject.Version, "default", ClusterObject.Plural, "c", cancellationToken: Cancelled),
            why);
    }

    [Theory]
    [InlineData("clusterId")]
    [InlineData("serviceId")]
    public async Task Whose_table_it_is_cannot_be_changed(string field)
    {
        var found = Found();
        found["spec"]![field] = "other";

        await AssertRefusedAsync(
            () => _client.CustomObjects.ReplaceNamespacedCustomObjectAsync(
                found, ClusterObject.Group, ClusterObject.Version, "default", ClusterObject.Plural, "c", cancellationToken: Cancelled),
            "cannot be changed");
    }

    [Fact]
    public async Task An_object_is_called_as_its_cluster()
    {
        var misnamed = new ClusterObject { Metadata = new V1ObjectMeta { Name = "d" }, Spec = new ClusterSpec("c", "tests") };

        await AssertRefusedAsync(
            () => _client.CustomObjects.CreateNamespacedCustomObjectAsync(
                misnamed, ClusterObject.Group, ClusterObject.Version, "default", ClusterObject.Plural, cancellationToken: Cancelled),
            "spec.clusterId must be the object");
    }

    [Fact]
    public async Task Applying_the_manifest_again_leaves_the_rows()
    {
        var before = Found()["status"];
        var manifest = new ClusterObject { Metadata = new V1ObjectMeta { Name = "c" }, Spec = new ClusterSpec("c", "tests") };

        await _client.CustomObjects.ReplaceNamespacedCustomObjectAsync(
            manifest, ClusterObject.Group, ClusterObject.Version, "default", ClusterObject.Plural, "c", cancellationToken: Cancelled);

        Assert.True(JsonNode.DeepEquals(before, Found()["status"]));
    }

    private async Task AssertRefusedAsync(Func<Task> write, string why)
    {
        var before = Found();
        var fault = await Assert.ThrowsAsync<HttpOperationException>(write);
        Assert.Equal(422, (int)fault.Response.StatusCode);
        Assert.Contains(why, fault.Response.Content, StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(before, Found()));
    }

    private JsonObject Found() => Server.Store.Find("orleansclusters/default", "c")!;
}
