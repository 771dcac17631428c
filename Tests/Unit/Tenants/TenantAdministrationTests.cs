using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Tenants;

public sealed class TenantAdministrationTests
{
    private readonly TestTenant _tenant = new(
        TestTenant.Policy() with
        {
            Models = new ModelAccess { Allow = ["gpt-4.1", "gone"], Default = "gone", Aliases = ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("best", ["gone"]) },
        });

    private readonly FakeGrainFactory _grains = new();
    private readonly ApiKeyIndex _index;
    private readonly TenantAdministration _administration;

    public TenantAdministrationTests()
    {
        _index = Index();
        _administration = new TenantAdministration(
            "acme",
            _tenant.Account,
            entry =>
            {
                _tenant.Book(entry);
                return Task.CompletedTask;
            },
            () => Task.CompletedTask,
            _grains,
            _index,
            new CatalogSource(_tenant.Catalog),
            new WebhookAddresses(new WebhookOptions(), production: true),
            _tenant.Time);
    }

    private TenantPolicy Policy => _tenant.Account.Policy!;

    [Fact]
    public async Task A_tenant_is_suspended_and_renamed_whatever_the_catalog_no_longer_has()
    {
        Assert.Equal(TenantStatus.Suspended, Done(await _administration.ChangeAsync(Policy with { Status = TenantStatus.Suspended }, 1)).Policy.Status);
        Assert.Equal("New", Done(await _administration.ChangeAsync(Policy with { Name = "New" }, null)).Policy.Name);
    }

    [Fact]
    public async Task A_fault_that_a_change_brings_in_is_refused_beside_those_that_were_there()
    {
        Assert.Equal("models.default", Faults(await _administration.ChangeAsync(Policy with { Models = Policy.Models with { Default = "gone too" } }, null)));
        var twoFaults = Policy with { Name = "\n", Models = Policy.Models with { Allow = ["gpt-4.1", "gone", "gone too"] } };
        Assert.Equal("name models.allow[2]", Faults(await _administration.ChangeAsync(twoFaults, null)));
    }

    [Fact]
    public async Task A_rotation_that_is_repeated_in_the_grace_gives_a_key_that_lives_as_long_as_the_first_would_have()
    {
        var until = _tenant.Now.AddDays(90);
        foreach (var (expiresAt, lives) in new[] { ((DateTimeOffset?)null, DateTimeOffset.MaxValue), (until, until) })
        {
            var old = Done(await _administration.IssueKeyAsync(new ApiKeyChange { ExpiresAt = expiresAt })).Record;
            Done(await _administration.RotateKeyAsync(old.Id, TimeSpan.FromMinutes(1)));
            var graceEnds = _tenant.Now.AddMinutes(1);
            _tenant.Time.Advance(TimeSpan.FromSeconds(30));

            var again = Done(await _administration.RotateKeyAsync(old.Id, TimeSpan.FromHours(1))).Record;

            Assert.Equal(lives, again.ExpiresAt ?? DateTimeOffset.MaxValue);
            Assert.Equal(graceEnds, _tenant.Account.Keys[old.Id].ExpiresAt);
            Assert.Equal((graceEnds, again.ExpiresAt), (_grains.Keys[old.Id].Identity!.ExpiresAt, _grains.Keys[again.Id].Identity!.ExpiresAt));
        }
    }

    [Fact]
    public async Task A_key_in_its_grace_that_gets_another_expiry_hands_that_on()
    {
        var old = Done(await _administration.IssueKeyAsync(new ApiKeyChange())).Record;
        Done(await _administration.RotateKeyAsync(old.Id, TimeSpan.FromMinutes(1)));
        var until = _tenant.Now.AddDays(2);
        Done(await _administration.ChangeKeyAsync(old.Id, new ApiKeyChange { ExpiresAt = until }, null));
        Assert.Equal(until, Done(await _administration.RotateKeyAsync(old.Id, TimeSpan.Zero)).Record.ExpiresAt);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    public async Task Of_rotations_of_one_version_at_once_one_is_made(int? expiresInSeconds)
    {
        var old = Done(await _administration.IssueKeyAsync(new ApiKeyChange { ExpiresAt = expiresInSeconds is { } seconds ? _tenant.Now.AddSeconds(seconds) : null })).Record;
        var gate = new TaskCompletionSource();
        _grains.KeyGate = gate.Task;

        // In turns, as a grain has them.
        var turns = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var outcomes = await Task.Factory.StartNew(
            () =>
            {
                var rotations = Enumerable.Range(0, 6).Select(_ => _administration.RotateKeyAsync(old.Id, TimeSpan.FromMinutes(1), ifVersion: 1)).ToList();
                gate.SetResult();
                return Task.WhenAll(rotations);
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.None, turns).Unwrap();

        Assert.Equal((1, 5), (outcomes.Count(outcome => outcome is AdminOutcome<IssuedApiKey>.Done), outcomes.Count(outcome => outcome is AdminOutcome<IssuedApiKey>.Conflict)));
        // The first of the tenant, the old one and its successor.
        Assert.Equal((3, 2L), (_tenant.Account.Keys.Count, _tenant.Account.Keys[old.Id].Version));
    }

    [Fact]
    public async Task A_revoked_key_takes_no_change()
    {
        var key = Done(await _administration.IssueKeyAsync(new ApiKeyChange())).Record;
        Done(await _administration.RevokeKeyAsync(key.Id));
        Assert.IsType<AdminOutcome<ApiKeyRecord>.Conflict>(await _administration.ChangeKeyAsync(key.Id, new ApiKeyChange { Name = "x" }, null));
    }

    [Fact]
    public async Task A_revocation_or_an_adjustment_of_another_version_does_nothing()
    {
        var key = Done(await _administration.IssueKeyAsync(new ApiKeyChange())).Record;
        var refund = new Adjustment { Id = "a", Kind = AdjustmentKind.Refund, AmountUsd = Money.FromUsd(1), Reason = "outage" };
        var count = _tenant.Entries.Count;

        Assert.IsType<AdminOutcome<ApiKeyRecord>.Conflict>(await _administration.RevokeKeyAsync(key.Id, ifVersion: 2));
        Assert.IsType<AdminOutcome<Adjustment>.Conflict>(await _administration.AdjustAsync(refund, ifVersion: 2));
        Assert.Equal(count, _tenant.Entries.Count);

        Assert.NotNull(Done(await _administration.RevokeKeyAsync(key.Id, ifVersion: 1)).RevokedAt);
        Assert.Equal("a", Done(await _administration.AdjustAsync(refund, ifVersion: 1)).Id);
    }

    [Theory]
    [InlineData("revoke")]
    [InlineData("revoke the version of before")]
    [InlineData("change")]
    [InlineData("rotate")]
    public async Task A_revocation_of_which_the_index_did_not_hear_is_told_again_by_whatever_is_asked_of_the_key(string next)
    {
        var key = Done(await _administration.IssueKeyAsync(new ApiKeyChange())).Record;
        await FailsAsync(key, () => _administration.RevokeKeyAsync(key.Id));

        _ = next switch
        {
            "revoke" => await _administration.RevokeKeyAsync(key.Id),
            "revoke the version of before" => await _administration.RevokeKeyAsync(key.Id, ifVersion: 1),
            "change" => await _administration.ChangeKeyAsync(key.Id, new ApiKeyChange { Name = "x" }, null),
            _ => (object)await _administration.RotateKeyAsync(key.Id, TimeSpan.Zero),
        };

        Assert.True(_grains.Keys[key.Id].Identity!.Revoked);
    }

    [Fact]
    public async Task A_grace_of_which_the_index_did_not_hear_is_told_when_the_rotation_is_repeated()
    {
        var key = Done(await _administration.IssueKeyAsync(new ApiKeyChange())).Record;
        await FailsAsync(key, () => _administration.RotateKeyAsync(key.Id, TimeSpan.Zero));
        Assert.IsType<AdminOutcome<IssuedApiKey>.Conflict>(await _administration.RotateKeyAsync(key.Id, TimeSpan.Zero));
        Assert.Equal(_tenant.Now, _grains.Keys[key.Id].Identity!.ExpiresAt);
    }

    [Fact]
    public async Task The_index_is_mended_without_a_call_of_an_operator_once_for_each_reading_of_the_book()
    {
        var (untold, same) = (Done(await _administration.IssueKeyAsync(new ApiKeyChange())).Record, Done(await _administration.IssueKeyAsync(new ApiKeyChange())).Record);
        await FailsAsync(untold, () => _administration.RevokeKeyAsync(untold.Id));

        // Another process, which has read the book.
        var index = Index();
        index.Mend();
        index.Mend();

        Assert.True(_grains.Keys[untold.Id].Identity!.Revoked);
        Assert.Equal((2, 0), (_grains.Keys[untold.Id].Updates, _grains.Keys[same.Id].Updates));
    }

    [Fact]
    public async Task What_could_not_be_told_is_told_at_the_next_read()
    {
        var key = Done(await _administration.IssueKeyAsync(new ApiKeyChange())).Record;
        _index.Mend();
        await FailsAsync(key, () => _administration.RevokeKeyAsync(key.Id));
        _grains.Keys[key.Id].UpdateFault = new StoreUnavailableException("still away");

        _index.Mend();
        Assert.False(_grains.Keys[key.Id].Identity!.Revoked);
        _index.Mend();
        Assert.True(_grains.Keys[key.Id].Identity!.Revoked);
    }

    private ApiKeyIndex Index() => new("acme", _tenant.Account, () => Task.CompletedTask, _grains, NullLogger.Instance);

    private async Task FailsAsync(ApiKeyRecord key, Func<Task> change)
    {
        _grains.Keys[key.Id].UpdateFault = new StoreUnavailableException("away for a moment");
        await Assert.ThrowsAsync<StoreUnavailableException>(change);
    }

    private static T Done<T>(AdminOutcome<T> outcome) => Assert.IsType<AdminOutcome<T>.Done>(outcome).Value;

    private static string Faults<T>(AdminOutcome<T> outcome) => string.Join(' ', Assert.IsType<AdminOutcome<T>.Invalid>(outcome).Faults.Select(fault => fault.Path));
}
