using System.Globalization;
using Microsoft.Data.Sqlite;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>One process, one thread and what waits for it.</summary>
public sealed class SqliteStoreTests : IDisposable
{
    private readonly SqliteFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(EmbeddedDurability.PowerLoss)]
    [InlineData(EmbeddedDurability.ProcessCrash)]
    public async Task A_store_opened_again_has_everything(EmbeddedDurability durability)
    {
        for (var round = 0; round < 3; round++)
        {
            using var store = _folder.Open(durability: durability);
            var book = new SqliteBook(store);
            Assert.Equal(round, await book.CountAsync("acme", Cancelled));
            Assert.Equal(new AppendOutcome(true, round + 1), await book.AppendAsync("acme", round, SqliteFolder.Entries($"round {round}"), Cancelled));
        }

        using var last = _folder.Open();
        Assert.Equal(["1:round 0", "2:round 1", "3:round 2"], await new SqliteBook(last).AllAsync("acme"));
        Assert.Equal(0, await CaughtUpAsync(last));
    }

    [Fact]
    public void A_second_store_on_the_same_directory_is_refused_and_told_who_has_it()
    {
        using (_folder.Open())
        {
            var refusal = Assert.Throws<DataDirectoryInUseException>(() => _folder.Open());
            Assert.Contains(_folder.Path, refusal.Message, StringComparison.Ordinal);
            Assert.Contains(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), refusal.Message, StringComparison.Ordinal);
        }

        using var afterwards = _folder.Open();
    }

    [Fact]
    public void A_file_that_another_program_has_locked_is_in_use_too()
    {
        _folder.Open().Dispose();
        using var other = _folder.Connect();
        SqliteFolder.Run(other, "BEGIN EXCLUSIVE");

        Assert.Throws<DataDirectoryInUseException>(() => _folder.Open());

        SqliteFolder.Run(other, "ROLLBACK");
        other.Dispose();
        using var afterwards = _folder.Open();
    }

    [Fact]
    public async Task No_other_program_can_write_while_the_store_is_open()
    {
        using var store = _folder.Open();
        await new SqliteBook(store).AppendAsync("acme", 0, SqliteFolder.Entries("a"), Cancelled);

        using var other = _folder.Connect();
        Assert.Equal(5, Assert.Throws<SqliteException>(() => SqliteFolder.Run(other, "DELETE FROM book")).SqliteErrorCode); // busy
    }

    [Fact]
    public async Task Appends_that_wait_together_see_each_other_in_order()
    {
        using var store = _folder.Open();
        var book = new SqliteBook(store);
        Task<AppendOutcome>[] appends;
        using (await HeldWriter.HoldAsync(store))
        {
            appends =
            [
                book.AppendAsync("acme", 0, SqliteFolder.Entries("a"), Cancelled),
                book.AppendAsync("acme", 1, SqliteFolder.Entries("b", "c"), Cancelled),
                book.AppendAsync("acme", 1, SqliteFolder.Entries("x"), Cancelled),
                book.AppendAsync("other", 0, SqliteFolder.Entries("y"), Cancelled),
                book.AppendAsync("acme", 3, SqliteFolder.Entries("d"), Cancelled),
            ];
        }

        // The stale one learns the count in a second step, so it may or may not have seen the last append.
        var outcomes = await Task.WhenAll(appends);
        Assert.Equal([true, true, false, true, true], outcomes.Select(outcome => outcome.Appended));
        Assert.Equal([1, 3, 3, 1, 4], outcomes.Select(outcome => outcome.Count));
        Assert.Equal(["1:a", "2:b", "3:c", "4:d"], await book.AllAsync("acme"));
    }

    [Fact]
    public async Task A_transaction_that_fails_leaves_the_appends_beside_it_alone()
    {
        using var store = _folder.Open();
        var book = new SqliteBook(store);
        var fault = new FaultyWrite();
        Task<AppendOutcome> append;
        using (await HeldWriter.HoldAsync(store))
        {
            store.Write(fault);
            append = book.AppendAsync("acme", 0, SqliteFolder.Entries("a"), Cancelled);
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(() => fault.Completed);
        Assert.Equal(new AppendOutcome(true, 1), await append);
        Assert.Equal(["1:a"], await book.AllAsync("acme"));
    }

    [Fact]
    public async Task A_store_too_far_behind_turns_callers_away_at_once()
    {
        using var store = _folder.Open(waitingLimit: 3);
        var book = new SqliteBook(store);
        Task<AppendOutcome>[] taken;
        using (await HeldWriter.HoldAsync(store))
        {
            taken = [.. Enumerable.Range(0, 3).Select(i => book.AppendAsync($"t{i}", 0, SqliteFolder.Entries("a"), Cancelled))];

            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("t3", 0, SqliteFolder.Entries("a"), Cancelled));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("t3", Cancelled));
        }

        Assert.All(await Task.WhenAll(taken), outcome => Assert.True(outcome.Appended));
        Assert.Equal(0, await book.CountAsync("t3", Cancelled));
    }

    [Fact]
    public async Task Closing_finishes_what_waits_and_takes_no_more()
    {
        var store = _folder.Open();
        var book = new SqliteBook(store);
        Task<AppendOutcome> waiting;
        Task closing;
        using (await HeldWriter.HoldAsync(store))
        {
            waiting = book.AppendAsync("acme", 0, SqliteFolder.Entries("a"), Cancelled);
            closing = Task.Run(store.Dispose, Cancelled);
        }

        await closing;
        Assert.True((await waiting).Appended);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 1, SqliteFolder.Entries("b"), Cancelled));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("acme", Cancelled));
        Assert.False(File.Exists(_folder.TablesLog));
        Assert.InRange(new FileInfo(_folder.Books).Length, 1, 200); // nothing is kept ready
        using var again = _folder.Open();
        Assert.Equal(["1:a"], await new SqliteBook(again).AllAsync("acme"));
    }

    private static Task<long> CaughtUpAsync(SqliteStore store) => store.ReadAsync(new SqliteQuestion<long>(database => database.Heads.CaughtUp));

    private sealed class FaultyWrite : SqliteWork<bool>
    {
        public override void Run(SqliteDatabase database) => throw new SqliteException("disk I/O error", 10);
    }
}
