using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.EndUsers;

public sealed class OverrideTests
{
    private static readonly ScopePolicy OneRequest = new() { Limits = new QuotaLimits { RequestsPerMinute = 1 } };
    private static readonly ScopePolicy TwoRequests = new()
    {
        Limits = new QuotaLimits { RequestsPerMinute = 2 },
        Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.FromUsd(1m) }],
    };

    [Fact]
    public async Task Ceilings_of_one_user_stand_in_place_of_the_defaults_and_end_with_it()
    {
        var tenant = new TestTenant(TestTenant.Policy() with { EndUserDefaults = OneRequest });
        var users = Of(tenant);
        Done(await users.SetAsync("ann", TwoRequests, null));

        Assert.Equal(2, Admitted(tenant, "ann"));
        Assert.Equal(1, Admitted(tenant, "bob"));
        tenant.Time.Advance(TimeSpan.FromMinutes(2));
        Done(await users.ClearAsync("ann", null));

        Assert.Equal(1, Admitted(tenant, "ann"));
        Assert.Null(users.Find("ann"));
    }

    [Fact]
    public async Task A_user_can_have_ceilings_where_the_tenant_has_no_defaults()
    {
        var tenant = new TestTenant();
        Done(await Of(tenant).SetAsync("ann", TwoRequests, null));

        Assert.Equal(2, Admitted(tenant, "ann"));
        Assert.Equal(4, Admitted(tenant, "bob"));
        Assert.Equal("user:ann", tenant.Budget(BudgetWindow.Day, "ann").Scope);
    }

    [Fact]
    public async Task Replay_and_snapshot_keep_overrides_and_the_version_of_the_last_change()
    {
        var tenant = new TestTenant();
        var users = Of(tenant);
        Done(await users.SetAsync("ann", TwoRequests, null));
        Done(await users.SetAsync("bob", OneRequest, null));
        Done(await users.ClearAsync("bob", null));

        foreach (var account in new[] { tenant.Replayed(), tenant.Restored(tenant.Snapshot()) })
        {
            var own = Assert.Single(account.Overrides.All);
            Assert.Equal(("ann", 1L, 2, 3L), (own.User, own.Version, own.Policy.Limits.RequestsPerMinute, account.Overrides.Version));
        }
    }

    [Fact]
    public async Task A_change_of_another_version_is_a_conflict_and_no_version_comes_twice()
    {
        var users = Of(new TestTenant());
        var first = Done(await users.SetAsync("ann", OneRequest, 0));
        Assert.IsType<AdminOutcome<EndUserRecord>.Conflict>(await users.SetAsync("ann", TwoRequests, 0));
        Done(await users.ClearAsync("ann", first.Version));
        var second = Done(await users.SetAsync("ann", OneRequest, null));

        Assert.NotEqual(first.Version, second.Version);
        Assert.IsType<AdminOutcome<EndUserRecord>.Conflict>(await users.ClearAsync("ann", first.Version));
        Assert.IsType<AdminOutcome<EndUserRecord>.NotFound>(await users.ClearAsync("bob", null));
    }

    [Fact]
    public async Task There_are_at_most_ten_thousand_and_a_wrong_one_is_not_booked()
    {
        var users = Of(new TestTenant());
        for (var i = 0; i < EndUserOverrides.Capacity; i++) Done(await users.SetAsync($"user-{i}", OneRequest, null));

        var full = Assert.IsType<AdminOutcome<EndUserRecord>.Conflict>(await users.SetAsync("one-more", OneRequest, null));
        Assert.Contains("10000", full.Detail, StringComparison.Ordinal);
        Done(await users.SetAsync("user-7", TwoRequests, null));
        var wrong = await users.SetAsync("user-8", OneRequest with { Limits = new QuotaLimits { RequestsPerMinute = -1 } }, null);
        Assert.Equal("limits.requestsPerMinute", Assert.Single(Assert.IsType<AdminOutcome<EndUserRecord>.Invalid>(wrong).Faults).Path);
        Assert.Equal(["user-0", "user-1"], users.Page(null, 2).Select(u => u.User));
        Assert.Equal("user-10", users.Page("user-1", 1).Single().User);
    }

    private static EndUserAdministration Of(TestTenant tenant) => new(
        tenant.Account,
        entry =>
        {
            tenant.Book(entry);
            return Task.CompletedTask;
        },
        tenant.Time);

    private static EndUserRecord Done(AdminOutcome<EndUserRecord> outcome) => Assert.IsType<AdminOutcome<EndUserRecord>.Done>(outcome).Value;

    private static int Admitted(TestTenant tenant, string user) =>
        Enumerable.Range(0, 4).Count(_ => tenant.Reserve(tenant.Request(user: user)) is ReservationOutcome.Granted);
}
