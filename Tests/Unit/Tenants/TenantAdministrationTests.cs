using System.Collections.Immutable;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Tenants;

public sealed class TenantAdministrationTests
{
    private readonly TestTenant _tenant = new(
        TestTenant.Policy() with { Models = new ModelAccess { Allow = ["gpt-4.1", "gone"], Default = "gone", Aliases = ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("best", ["gone"]) } });

    private readonly FakeGrainFactory _grains = new();
    private readonly TenantAdministration _administration;

    public TenantAdministrationTests() => _administration = new TenantAdministration(
        "acme",
        _tenant.Account,
        entry =>
        {
            _tenant.Book(entry);
            return Task.CompletedTask;
        },
        () => Task.CompletedTask,
        _grains,
        new CatalogSource(_tenant.Catalog),
        new WebhookAddresses(new WebhookOptions(), production: true),
        _tenant.Time);

    private TenantPolicy Policy => _tenant.Account.Policy!;

    [Fact]
    public async Task A_tenant_is_suspended_and_renamed_whatever_the_catalog_no_longer_has()
    {
        Assert.Equal(TenantStatus.Suspended, Done(await _administration.Change(Policy with { Status = TenantStatus.Suspended }, 1)).Policy.Status);
        Assert.Equal("New", Done(await _administration.Change(Policy with { Name = "New" }, null)).Policy.Name);
    }

    [Fact]
    public async Task A_fault_that_a_change_brings_in_is_refused_beside_those_that_were_there()
    {
        Assert.Equal("models.default", Faults(await _administration.Change(Policy with { Models = Policy.Models with { Default = "gone too" } }, null)));
        Assert.Equal("name models.allow[2]", Faults(await _administration.Change(Policy with { Name = "\n", Models = Policy.Models with { Allow = ["gpt-4.1", "gone", "gone too"] } }, null)));
    }

    private static T Done<T>(AdminOutcome<T> outcome) => Assert.IsType<AdminOutcome<T>.Done>(outcome).Value;

    private static string Faults<T>(AdminOutcome<T> outcome) => string.Join(' ', Assert.IsType<AdminOutcome<T>.Invalid>(outcome).Faults.Select(fault => fault.Path));
}
