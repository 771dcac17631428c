using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

public sealed class SqliteStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(EmbeddedDurability.PowerLoss)]
    [InlineData(EmbeddedDurability.ProcessCrash)]
    public async Task A_store_opened_again_has_everything(EmbeddedDurability durability)
    {
        for (var round = 0; round < 3; round++)
        {
            using var store = Open(durability: durability);
            var book = new SqliteBook(store);
            Assert.Equal(round, await book.CountAsync("acme", Cancelled));
            Assert.Equal(new AppendOutcome(true, round + 1), await book.AppendAsync("acme", round, Entries($"round {round}"), Cancelled));
        }

        using var last = Open();
        Assert.Equal(["1:round 0", "2:round 1", "3:round 2"], await new SqliteBook(last).AllAsync("acme"));
        Assert.Equal(0, await CaughtUpAsync(last));
    }

    [Fact]
    public async Task Whatever_was_confirmed_is_in_the_files_at_that_moment()
    {
        using var image = new TempFolder();
        using var store = Open();
        var book = new SqliteBook(store);
        await book.AppendAsync("acme", 0, Entries("a", "b"), Cancelled);
        await book.AppendAsync("other", 0, Entries("x"), Cancelled);
        await book.AppendAsync("acme", 2, Entries("c"), Cancelled);

        TakeCrashImage(image);

        using var after = new SqliteStore(new SqliteStoreOptions { DataDirectory = image.Path });
        var found = new SqliteBook(after);
        Assert.Equal(["1:a", "2:b", "3:c"], await found.AllAsync("acme"));
        Assert.Equal(["1:x"], await found.AllAsync("other"));
        Assert.Equal(new AppendOutcome(true, 4), await found.AppendAsync("acme", 3, Entries("d"), Cancelled));
    }

    [Fact]
    public async Task A_start_after_a_crash_reads_only_what_came_after_the_last_flush_of_heads()
    {
        const int tenants = 30;
        const int rounds = 5;
        const int entriesAtOnce = 190; // so that the end is not a flush
        using var image = new TempFolder();
        using var store = Open();
        var book = new SqliteBook(store);
        for (var round = 0; round < rounds; round++)
        {
            for (var tenant = 0; tenant < tenants; tenant++)
            {
                var entries = Enumerable.Range(0, entriesAtOnce).Select(i => $"{tenant}/{round}/{i}").ToArray();
                await book.AppendAsync($"t{tenant}", round * entriesAtOnce, Entries(entries), Cancelled);
            }
        }

        TakeCrashImage(image);

        using var after = new SqliteStore(new SqliteStoreOptions { DataDirectory = image.Path });
        Assert.InRange(await CaughtUpAsync(after), 1, BookHeads.RowsBetweenFlushes);
        var found = new SqliteBook(after);
        for (var tenant = 0; tenant < tenants; tenant++)
        {
            Assert.Equal(rounds * entriesAtOnce, await found.CountAsync($"t{tenant}", Cancelled));
            Assert.Equal($"{rounds * entriesAtOnce}:{tenant}/{rounds - 1}/{entriesAtOnce - 1}", (await found.AllAsync($"t{tenant}"))[^1]);
        }
    }

    [Fact]
    public void A_second_store_on_the_same_directory_is_refused_and_told_who_has_it()
    {
        using (Open())
        {
            var refusal = Assert.Throws<DataDirectoryInUseException>(() => Open());
            Assert.Contains(_folder.Path, refusal.Message, StringComparison.Ordinal);
            Assert.Contains(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), refusal.Message, StringComparison.Ordinal);
        }

        using var afterwards = Open();
    }

    [Fact]
    public void A_file_that_another_program_has_locked_is_in_use_too()
    {
        Open().Dispose();
        using var other = Connect();
        Run(other, "BEGIN EXCLUSIVE");

        Assert.Throws<DataDirectoryInUseException>(() => Open());

        Run(other, "ROLLBACK");
        other.Dispose();
        using var afterwards = Open();
    }

    [Fact]
    public async Task No_other_program_can_write_while_the_store_is_open()
    {
        using var store = Open();
        await new SqliteBook(store).AppendAsync("acme", 0, Entries("a"), Cancelled);

        using var other = Connect();
        Assert.Equal(5, Assert.Throws<SqliteException>(() => Run(other, "DELETE FROM book")).SqliteErrorCode); // busy
    }

    [Fact]
    public void Data_of_a_newer_program_are_refused_and_left_alone()
    {
        Open().Dispose();
        using (var newer = Connect())
        {
            Run(newer, "PRAGMA user_version=99");
        }

        var refusal = Assert.Throws<InvalidDataException>(() => Open());

        Assert.Contains("99", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Open()); // not "in use"
    }

    [Fact]
    public async Task A_book_without_marks_is_opened_marked_where_it_is_read_and_goes_on()
    {
        using (var store = Open())
        {
            await new SqliteBook(store).AppendAsync("acme", 0, Entries([.. Enumerable.Range(1, 3000).Select(i => $"{i}")]), Cancelled);
        }

        using (var older = Connect())
        {
            Run(older, "DROP TABLE mark; DROP TABLE answer; PRAGMA user_version=1");
        }

        using var again = Open();
        var book = new SqliteBook(again);
        Assert.Equal(0, await MarksAsync(again));
        Assert.True((await book.AppendAsync("acme", 3000, Entries([.. Enumerable.Range(3001, 200).Select(i => $"{i}")]), Cancelled)).Appended);
        Assert.Equal(1, await MarksAsync(again)); // 3072

        var found = await book.FindAsync("acme", 2000, Cancelled);
        Assert.Equal("2000", Encoding.UTF8.GetString(found!.Value.Bytes.Span));
        Assert.Equal(5, await MarksAsync(again)); // and 2048, 2304, 2560, 2816

        Assert.Equal(3200, (await book.AllAsync("acme")).Count);
        Assert.Equal(12, await MarksAsync(again));
    }

    [Fact]
    public async Task A_mark_that_is_wrong_is_noticed()
    {
        using (var store = Open())
        {
            await new SqliteBook(store).AppendAsync("acme", 0, Entries([.. Enumerable.Range(1, 600).Select(i => $"{i}")]), Cancelled);
        }

        using (var damage = Connect())
        {
            Run(damage, "UPDATE mark SET id = id + 1 WHERE seq = 256");
        }

        using var damaged = Open();
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => new SqliteBook(damaged).FindAsync("acme", 17, Cancelled));
        Assert.Contains("Entry 256 of the book of tenant 'acme'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Appends_that_wait_together_see_each_other_in_order()
    {
        using var store = Open();
        var book = new SqliteBook(store);
        Task<AppendOutcome>[] appends;
        using (await HeldWriter.HoldAsync(store))
        {
            appends =
            [
                book.AppendAsync("acme", 0, Entries("a"), Cancelled),
                book.AppendAsync("acme", 1, Entries("b", "c"), Cancelled),
                book.AppendAsync("acme", 1, Entries("x"), Cancelled),
                book.AppendAsync("other", 0, Entries("y"), Cancelled),
                book.AppendAsync("acme", 3, Entries("d"), Cancelled),
            ];
        }

        // The stale one learns the count in a second step, so it may or may not have seen the last append.
        var outcomes = await Task.WhenAll(appends);
        Assert.Equal([true, true, false, true, true], outcomes.Select(outcome => outcome.Appended));
        Assert.Equal([1, 3, 3, 1, 4], outcomes.Select(outcome => outcome.Count));
        Assert.Equal(["1:a", "2:b", "3:c", "4:d"], await book.AllAsync("acme"));
    }

    [Fact]
    public async Task A_transaction_that_fails_fails_all_its_appends_and_leaves_no_trace()
    {
        using var store = Open();
        var book = new SqliteBook(store);
        await book.AppendAsync("acme", 0, Entries("a"), Cancelled);
        Task[] appends;
        using (await HeldWriter.HoldAsync(store))
        {
            var fault = new FaultyWrite();
            appends =
            [
                book.AppendAsync("acme", 1, Entries("b"), Cancelled),
                book.AppendAsync("new", 0, Entries("x"), Cancelled),
                fault.Completed,
                book.AppendAsync("acme", 2, Entries("c"), Cancelled),
            ];
            store.Write(fault);
        }

        foreach (var append in appends)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => append);
        }

        Assert.Equal(1, await book.CountAsync("acme", Cancelled));
        Assert.Equal(0, await book.CountAsync("new", Cancelled));
        Assert.Equal(new AppendOutcome(true, 2), await book.AppendAsync("acme", 1, Entries("b"), Cancelled));
        Assert.Equal(new AppendOutcome(true, 1), await book.AppendAsync("new", 0, Entries("x"), Cancelled));
        Assert.Equal(["1:a", "2:b"], await book.AllAsync("acme"));
    }

    [Fact]
    public async Task A_full_disk_is_a_store_that_is_unavailable_until_there_is_room()
    {
        using (var store = Open())
        {
            var book = new SqliteBook(store);
            await book.AppendAsync("acme", 0, Entries("a"), Cancelled);
            await RunAsync(store, "PRAGMA max_page_count=40");
            var large = new ReadOnlyMemory<byte>[] { new byte[1 << 20] };

            var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 1, large, Cancelled));
            Assert.Contains("full", fault.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 1, large, Cancelled));
            Assert.Equal(new AppendOutcome(true, 2), await book.AppendAsync("acme", 1, Entries("b"), Cancelled));

            await RunAsync(store, "PRAGMA max_page_count=1000000");
            Assert.Equal(new AppendOutcome(true, 3), await book.AppendAsync("acme", 2, large, Cancelled));
        }

        using var again = Open();
        Assert.Equal(3, (await new SqliteBook(again).AllAsync("acme")).Count);
    }

    [Fact]
    public async Task A_store_too_far_behind_turns_callers_away_at_once()
    {
        using var store = Open(waitingLimit: 3);
        var book = new SqliteBook(store);
        Task<AppendOutcome>[] taken;
        using (await HeldWriter.HoldAsync(store))
        {
            taken = [.. Enumerable.Range(0, 3).Select(i => book.AppendAsync($"t{i}", 0, Entries("a"), Cancelled))];

            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("t3", 0, Entries("a"), Cancelled));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("t3", Cancelled));
        }

        Assert.All(await Task.WhenAll(taken), outcome => Assert.True(outcome.Appended));
        Assert.Equal(0, await book.CountAsync("t3", Cancelled));
    }

    [Fact]
    public async Task Closing_finishes_what_waits_and_takes_no_more()
    {
        var store = Open();
        var book = new SqliteBook(store);
        Task<AppendOutcome> waiting;
        Task closing;
        using (await HeldWriter.HoldAsync(store))
        {
            waiting = book.AppendAsync("acme", 0, Entries("a"), Cancelled);
            closing = Task.Run(store.Dispose, Cancelled);
        }

        await closing;
        Assert.True((await waiting).Appended);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 1, Entries("b"), Cancelled));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("acme", Cancelled));
        Assert.False(File.Exists(_folder.File("gateway.db-wal")));
        using var again = Open();
        Assert.Equal(["1:a"], await new SqliteBook(again).AllAsync("acme"));
    }

    [Fact]
    public async Task A_missing_row_is_noticed_and_named()
    {
        using (var store = Open())
        {
            await new SqliteBook(store).AppendAsync("acme", 0, Entries([.. Enumerable.Range(1, 200).Select(i => $"{i}")]), Cancelled);
        }

        using (var damage = Connect())
        {
            Run(damage, "DELETE FROM book WHERE seq = 17");
        }

        using var damaged = Open();
        var book = new SqliteBook(damaged);
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AllAsync("acme"));
        Assert.Contains("Entry 17 of the book of tenant 'acme'", fault.Message, StringComparison.Ordinal);
        Assert.Equal(100, (await book.AllAsync("acme", 101)).Count);
    }

    private SqliteStore Open(EmbeddedDurability durability = EmbeddedDurability.PowerLoss, int waitingLimit = 10_000) =>
        new(new SqliteStoreOptions { DataDirectory = _folder.Path, Durability = durability, WaitingLimit = waitingLimit });

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={_folder.File("gateway.db")};Pooling=False;Default Timeout=0");
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        command.CommandTimeout = 1;
        command.ExecuteNonQuery();
    }

    private static Task<bool> RunAsync(SqliteStore store, string sql) => store.ReadAsync(new SqliteQuestion<bool>(database =>
    {
        using var statement = new SqliteStatement(database.Handle, sql);
        return statement.Step();
    }));

    private static Task<long> MarksAsync(SqliteStore store) => store.ReadAsync(new SqliteQuestion<long>(database =>
    {
        using var statement = new SqliteStatement(database.Handle, "SELECT count(*) FROM mark");
        statement.Step();
        return statement.Int64(0);
    }));

    private static Task<long> CaughtUpAsync(SqliteStore store) => store.ReadAsync(new SqliteQuestion<long>(database => database.Heads.CaughtUp));

    private void TakeCrashImage(TempFolder image)
    {
        foreach (var file in new[] { "gateway.db", "gateway.db-wal" })
        {
            File.Copy(_folder.File(file), image.File(file));
        }
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Entries(params string[] texts) =>
        [.. texts.Select(text => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text)))];

    private sealed class FaultyWrite : SqliteWork<bool>
    {
        public override void Run(SqliteDatabase database) => throw new SqliteException("disk I/O error", 10);
    }
}
