using System.Text.Json.Nodes;
using OrleansGateway.Admin;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Docs;

/// <summary>The policy in <c>docs/operations.md</c> is one that the control plane takes.</summary>
public sealed class RoutingTests
{
    [Fact]
    public void The_policy_shown_has_no_fault()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "operations.md"));
        var section = page[page.IndexOf("\n## Routing\n", StringComparison.Ordinal)..];
        var block = section[(section.IndexOf("```json", StringComparison.Ordinal) + "```json".Length)..];
        var policy = JsonNode.Parse(block[..block.IndexOf("```", StringComparison.Ordinal)])!.AsObject();
        policy["id"] = "acme";

        Assert.Empty(StrictShape.FaultsOf<TenantPolicy>(policy, TenantJson.Explain));
        var read = System.Text.Json.JsonSerializer.Deserialize<TenantPolicy>(policy, AdminJson.Options)!;
        Assert.Empty(PolicyRules.Check(read, Catalogs.Shipped()));
        Assert.Equal((4, 1, 2), (read.Models.Auto.Length, read.Models.Degrade.Length, read.Models.Aliases!.Count));
    }
}
