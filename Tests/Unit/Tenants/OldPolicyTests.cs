using System.Text;
using OrleansGateway.Admin;

namespace OrleansGateway.Tests.Unit.Tenants;

/// <summary>Policies as the first release booked them.</summary>
public sealed class OldPolicyTests
{
    private const string Entry =
        """{"kind":"policy","at":"2026-01-01T00:00:00+00:00","policy":{"id":"acme","name":"","status":"active","timeZone":"UTC","limits":{},"budgets":[],"models":{"allow":[],"fallbacks":{}},"webhooks":[]},"version":1}""";

    [Fact]
    public void A_policy_without_what_came_later_is_read_decided_on_and_shown()
    {
        var policy = Assert.IsType<BookEntry.PolicySet>(BookEntry.Parse(new RawEntry(1, Encoding.UTF8.GetBytes(Entry)))).Policy;

        Assert.Equal((1, RouteStrategy.Ordered, null), (policy.Routing.Weight, policy.Models.Strategy, policy.StreamGuard));
        Assert.Empty(PolicyRules.Check(policy, TestKit.Catalogs.Shipped()));
        Assert.Equal(1, (int)TenantJson.Of(policy)["routing"]!["weight"]!);
    }
}
