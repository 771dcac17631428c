using System.Net;
using System.Net.Http.Headers;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>Two clusters in one namespace, told apart by <c>Gateway:ClusterId</c> alone.</summary>
[Collection(SlowestFirst.Clusters)]
public sealed class NeighboursTests
{
    [Fact]
    public async Task Two_clusters_in_one_namespace_have_nothing_to_do_with_each_other()
    {
        await using var one = await SplitCluster.StartAsync(silos: 2, fronts: 1, setting: new() { ClusterId = "one" });
        await using var two = await SplitCluster.StartAsync(silos: 1, fronts: 1, setting: new() { ClusterId = "two", Neighbour = one });

        await one.Fronts[0].AdminAsync(HttpMethod.Post, "tenants", """{"id":"acme"}""");

        Assert.Equal(HttpStatusCode.OK, await AskAsync(one));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(two));
        Assert.Equal((2, 1), (ActiveOf("one"), ActiveOf("two")));
        Assert.Null(one.Api.Store.Find("orleansclusters/default", "orleans-gateway"));

        int ActiveOf(string clusterId) => one.Api.Store.Find("orleansclusters/default", clusterId)!["status"]!["activeSilos"]!.GetValue<int>();
    }

    private static async Task<HttpStatusCode> AskAsync(SplitCluster cluster)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/tenants/acme");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        using var answer = await cluster.Fronts[0].Http.SendAsync(request);
        return answer.StatusCode;
    }
}
