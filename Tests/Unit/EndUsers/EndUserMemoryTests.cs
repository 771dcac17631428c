using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.EndUsers;

/// <summary>What a hundred thousand end users cost. Alone, for it weighs the process's memory.</summary>
[CollectionDefinition(nameof(EndUserMemoryTests), DisableParallelization = true)]
[Collection(nameof(EndUserMemoryTests))]
public sealed class EndUserMemoryTests
{
    private const int Users = 100_000;
    private const long Bound = 200_000_000;

    private static readonly ModelCatalog Catalog = CatalogBuilder.Build(new CatalogOptions(), new ProvidersOptions(), "holysheep");

    private static readonly TenantPolicy Policy = TestTenant.Policy() with
    {
        EndUserDefaults = new ScopePolicy
        {
            Limits = new QuotaLimits { RequestsPerMinute = 60, TokensPerMinute = 100_000, ConcurrentRequests = 5 },
            Budgets = [new BudgetPolicy { Window = BudgetWindow.Day, LimitUsd = Money.FromUsd(1m) }],
        },
    };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void A_hundred_thousand_active_end_users_take_less_than_200_MB()
    {
        var before = GC.GetTotalMemory(true);
        var account = new TenantAccount(_time);
        var admission = TestBooks.Admission(account, () => Catalog, _time);
        var seq = 0L;
        account.Apply(new BookEntry.PolicySet { At = _time.GetUtcNow(), Policy = Policy, Version = 1 }, ++seq);
        account.Apply(new BookEntry.KeySet { At = _time.GetUtcNow(), Key = TestTenant.Key() }, ++seq);
        // Two requests each, a second apart, as of someone at work.
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < Users; i++)
            {
                var (outcome, held, charge) = admission.Decide(Request(round, i));
                Assert.IsType<ReservationOutcome.Granted>(outcome);
                account.Apply(held!, ++seq);
                account.FindHold(held!.Hold)!.Charge = charge;
                account.Apply(PostingRules.Decide(account, Posting(held), _time.GetUtcNow())!, ++seq);
            }
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        var taken = GC.GetTotalMemory(true) - before;

        TestContext.Current.TestOutputHelper?.WriteLine($"{taken / Users} bytes for each of {Users} end users");
        Assert.Equal(Users, account.Users.InMemory.Count);
        Assert.InRange(taken, Users * 100, Bound);
        GC.KeepAlive(admission);
    }

    [Fact]
    public async Task A_snapshot_copies_only_the_users_of_the_entries_since_the_last()
    {
        var storage = new FakeGrainStorage();
        var tenant = await TestBooks.Of(new InMemoryBook(), storage, _time).LoadAsync(GrainId.Create("tenant", "acme"), "acme");
        var admission = TestBooks.Admission(tenant.Account, () => Catalog, _time);
        await tenant.AppendAsync(new BookEntry.PolicySet { At = _time.GetUtcNow(), Policy = Policy, Version = 1 });
        await tenant.AppendAsync(new BookEntry.KeySet { At = _time.GetUtcNow(), Key = TestTenant.Key() });
        await HoldAsync(0, 2_000);
        await tenant.SnapshotAsync();
        var first = storage.Writes;

        await HoldAsync(1, 7);
        await tenant.SnapshotAsync();

        Assert.Equal((2_001, 8), (first, storage.Writes - first));

        async Task HoldAsync(int round, int users)
        {
            for (var i = 0; i < users; i++)
            {
                var request = Request(round, i);
                while (tenant.Account.ReadingOf(request.User) is { } reading) await reading;
                await tenant.AppendAsync(admission.Decide(request).Entry!);
            }
        }
    }

    [Fact]
    public async Task Names_of_end_users_whose_requests_are_refused_leave_nothing_in_memory()
    {
        var tenant = await TestBooks.Of(new InMemoryBook(), new FakeGrainStorage(), _time).LoadAsync(GrainId.Create("tenant", "acme"), "acme");
        var admission = TestBooks.Admission(tenant.Account, () => Catalog, _time);
        await tenant.AppendAsync(new BookEntry.PolicySet { At = _time.GetUtcNow(), Policy = Policy with { Limits = new QuotaLimits { RequestsPerMinute = 3 } }, Version = 1 });
        await tenant.AppendAsync(new BookEntry.KeySet { At = _time.GetUtcNow(), Key = TestTenant.Key() });
        for (var i = 0; i < 1_000; i++)
        {
            var request = Request(0, i);
            Task<ShelfLook<ScopeAccount>>? reading = null;
            ScopeAccount? user;
            while (!tenant.Account.TryLook(request.User, ref reading, out user)) await reading;
            var (outcome, entry, _) = admission.Decide(request, null, user);
            Assert.Equal(i < 3, entry is not null);
            if (entry is null)
            {
                Assert.Equal("tenant", Assert.IsType<ReservationOutcome.RateLimited>(outcome).Scope);
                continue;
            }

            tenant.Account.Users.Take(user!);
            await tenant.AppendAsync(entry);
        }

        Assert.Equal(3, tenant.Account.Users.InMemory.Count);
        Assert.All(tenant.Account.Users.InMemory, user => Assert.Equal(1, user.Open));
    }

    private static ReservationRequest Request(int round, int i) => new()
    {
        Hold = new HoldId($"req_{round}_{i}", 1),
        KeyId = TestTenant.KeyId,
        Model = "gpt-4.1",
        InputBytes = 1_000,
        OutputTokens = 100,
        User = $"user-{i:D12}@example.com",
        Choices = 1,
    };

    private static Posting Posting(BookEntry.Held held) => new() { Hold = held.Hold, Kind = PostingKind.Posted, Cost = new Money(1_000), Outcome = "ok" };
}
