using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Tenants;

/// <summary>How a tenant is read, frozen and read again, without a grain: the store is a book that forgets.</summary>
public sealed class TenantLoadingTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly InMemoryBook _book = new();
    private readonly FakeGrainStorage _snapshots = new();
    private readonly ListLogger<TenantLoadingTests> _logger = new();
    private readonly List<TimeSpan> _stays = [];

    [Fact]
    public async Task A_tenant_is_read_once_and_by_all_who_ask_together()
    {
        var loading = await ServedAsync();
        var tenant = await loading.LoadAsync();

        Assert.Same(tenant, await loading.LoadAsync());
        Assert.Same(tenant, loading.Loaded);
        Assert.True(await loading.ServesAsync());
        Assert.Equal((BookState.Ok, 3L, 3L), await StandingAsync(loading));
        Assert.Empty(_stays);
    }

    [Fact]
    public async Task A_book_with_nothing_in_it_has_no_status_and_nothing_to_accept()
    {
        var loading = Loading();

        Assert.Null(await loading.StatusAsync());
        Assert.IsType<AdminOutcome<BookStatus>.NotFound>(await loading.AcceptLossAsync("the backup is gone", "ann"));
        Assert.IsType<AdminOutcome<BookStatus>.Conflict>(await (await ServedAsync()).AcceptLossAsync("the backup is gone", "ann"));
    }

    [Fact]
    public async Task A_store_that_is_away_fails_each_call_until_it_answers()
    {
        await ServedAsync();
        var loading = Loading();
        var away = true;
        _snapshots.Reading = _ => away ? throw new StoreUnavailableException("away") : Task.CompletedTask;

        Assert.Equal((BookState.Unavailable, null, null), await StandingAsync(loading));
        Assert.False((await Assert.ThrowsAsync<StoreUnavailableException>(loading.LoadAsync)).IsLoss);
        Assert.False(await loading.ServesAsync());
        Assert.EndsWith("away", Assert.Single(_logger.Lines, line => line.Event == "book_unread").Text, StringComparison.Ordinal);

        away = false;
        await loading.LoadAsync();
        Assert.Equal(BookState.Ok, (await loading.StatusAsync())!.State);
        Assert.Empty(_stays);
    }

    [Fact]
    public async Task A_reading_that_was_called_off_is_begun_anew_by_the_next_call()
    {
        await ServedAsync();
        var calledOff = true;
        Task<LoadedTenant> CompleteAsync(TenantBook book) =>
            calledOff ? Task.FromCanceled<LoadedTenant>(new CancellationToken(canceled: true)) : TestBooks.CompleteAsync(book, _book, _time);
        var loading = new TenantLoading(Grain, "acme", TestBooks.Of(_book, _snapshots, _time), CompleteAsync, _stays.Add, _time, _logger);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(loading.LoadAsync);

        calledOff = false;
        Assert.Same(await loading.LoadAsync(), loading.Loaded);
    }

    [Fact]
    public async Task A_loss_found_at_the_first_reading_is_told_once_and_looked_for_again_when_its_time_has_come()
    {
        await LeaveSnapshotAsync();
        _book.Lose("acme", 1);
        var loading = Loading();

        Assert.True((await Assert.ThrowsAsync<StoreUnavailableException>(loading.LoadAsync)).IsLoss);
        var status = (await loading.StatusAsync())!;
        Assert.Equal((BookState.Frozen, 3L, 1L, Start), (status.State, status.Known, status.Found, status.Since));
        Assert.Contains("goes on from the snapshot", status.Action, StringComparison.Ordinal);
        var reads = _snapshots.Reads;
        await Assert.ThrowsAsync<StoreUnavailableException>(loading.LoadAsync);
        Assert.Equal(reads, _snapshots.Reads);

        _time.Advance(TenantLoading.RecheckPeriod);
        await Assert.ThrowsAsync<StoreUnavailableException>(loading.LoadAsync);

        Assert.True(_snapshots.Reads > reads);
        Assert.Equal(Start, (await loading.StatusAsync())!.Since);
        Assert.Single(_logger.Lines, line => line.Event == "state_missing");
        Assert.All(_stays, stay => Assert.Equal(TimeSpan.FromDays(1), stay));
    }

    [Fact]
    public async Task A_store_that_is_restored_is_served_at_the_next_recheck_and_the_activation_may_go_again()
    {
        await LeaveSnapshotAsync();
        var whole = _book.EntriesOf("acme");
        _book.Lose("acme", 1);
        var loading = Loading();
        Assert.Equal(BookState.Frozen, (await loading.StatusAsync())!.State);
        await RestoreAsync(whole, from: 1);

        Assert.Equal(BookState.Frozen, (await loading.StatusAsync())!.State);
        Assert.Equal(BookState.Ok, (await loading.RecheckAsync())!.State);

        Assert.True(await loading.ServesAsync());
        Assert.Equal(TimeSpan.Zero, _stays[^1]);
    }

    [Fact]
    public async Task A_loss_that_its_writer_finds_is_kept_and_looked_at_again_by_the_sweep_alone()
    {
        var loading = await ServedAsync(new TailMemory(entriesPerBook: 1));
        var tenant = await loading.LoadAsync();
        var whole = _book.EntriesOf("acme");
        _book.Lose("acme", 1);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => tenant.Book.AppendAsync(Entry(4)));

        Assert.False(await loading.ServesAsync());
        Assert.Equal((BookState.Frozen, 3L, 1L), await StandingAsync(loading));
        Assert.True(_snapshots.Stored<TenantSnapshot>(Grain, TenantBook.SnapshotName)!.Frozen);

        // Not before its time, and not while it is as short as it was.
        await RestoreAsync(whole, from: 1);
        Assert.False(await loading.ServesAsync());
        Assert.Same(tenant, loading.Loaded);
        _time.Advance(TenantLoading.RecheckPeriod);
        Assert.False(await loading.ServesAsync());
        Assert.Null(loading.Loaded);

        Assert.NotSame(tenant, await loading.LoadAsync());
        Assert.Equal((BookState.Ok, 3L, 3L), await StandingAsync(loading));
    }

    [Fact]
    public async Task What_was_spent_before_an_accepted_loss_stays_spent()
    {
        var loading = await ServedAsync(new TailMemory(entriesPerBook: 1));
        var tenant = await loading.LoadAsync();
        _book.Lose("acme", 1);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => tenant.Book.AppendAsync(Entry(4)));

        var accepted = Assert.IsType<AdminOutcome<BookStatus>.Done>(await loading.AcceptLossAsync("the backup is gone", "ann")).Value;

        Assert.Equal((BookState.Ok, "memory", "ann"), (accepted.State, accepted.Recovery!.From, accepted.Recovery.Actor));
        Assert.Equal((3L, 1L), (accepted.Recovery.Known, accepted.Recovery.Found));
        Assert.NotNull((await loading.LoadAsync()).Account.Policy);
        Assert.Single(_logger.Lines, line => line.Event == "loss_accepted");
        Assert.Equal(TimeSpan.Zero, _stays[^1]);
    }

    private static GrainId Grain { get; } = GrainId.Create("tenant", "acme");

    private static BookEntry.Voided Entry(int number) => new() { At = Start, Request = $"req_{number}", Attempt = 1, Outcome = "ok" };

    private static async Task<(BookState State, long? Known, long? Found)> StandingAsync(TenantLoading loading)
    {
        var status = (await loading.StatusAsync())!;
        return (status.State, status.Known, status.Found);
    }

    private TenantLoading Loading(TailMemory? tails = null) => new(
        Grain, "acme", TestBooks.Of(_book, _snapshots, _time, tails: tails), book => TestBooks.CompleteAsync(book, _book, _time), _stays.Add, _time, _logger);

    /// <summary>A tenant of three entries that is served.</summary>
    private async Task<TenantLoading> ServedAsync(TailMemory? tails = null)
    {
        var loading = Loading(tails);
        var tenant = await loading.LoadAsync();
        await tenant.Book.AppendAsync(new BookEntry.PolicySet { At = Start, Policy = TestTenant.Policy(monthlyUsd: 1m), Version = 1 });
        await tenant.Book.AppendAsync(new BookEntry.KeySet { At = Start, Key = TestTenant.Key() });
        await tenant.Book.AppendAsync(Entry(3));
        return loading;
    }

    private async Task LeaveSnapshotAsync() => await (await (await ServedAsync()).LoadAsync()).Book.SnapshotAsync();

    private async Task RestoreAsync(IReadOnlyList<byte[]> whole, int from) =>
        Assert.True((await _book.AppendAsync("acme", from, [.. whole.Skip(from).Select(entry => (ReadOnlyMemory<byte>)entry)], TestContext.Current.CancellationToken)).Appended);
}
