using System.Text;
using Microsoft.Win32.SafeHandles;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>What the embedded store leaves in its files, at any moment, and what it makes of files that something happened to.</summary>
public sealed class SqliteFilesTests : IDisposable
{
    private readonly SqliteFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Whatever_was_confirmed_is_in_the_files_at_that_moment()
    {
        using var image = new SqliteFolder();
        using var store = _folder.Open();
        var book = new SqliteBook(store);
        await book.AppendAsync("acme", 0, SqliteFolder.Entries("a", "b"), Cancelled);
        await book.AppendAsync("other", 0, SqliteFolder.Entries("x"), Cancelled);
        await book.AppendAsync("acme", 2, SqliteFolder.Entries("c"), Cancelled);

        _folder.CopyAsAfterCrash(image);

        using var after = image.Open();
        var found = new SqliteBook(after);
        Assert.Equal(["1:a", "2:b", "3:c"], await found.AllAsync("acme"));
        Assert.Equal(["1:x"], await found.AllAsync("other"));
        Assert.Equal(new AppendOutcome(true, 4), await found.AppendAsync("acme", 3, SqliteFolder.Entries("d"), Cancelled));
    }

    [Fact]
    public async Task On_Unix_nobody_else_may_read_what_it_makes_and_what_is_there_keeps_its_rights()
    {
        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var made = Path.Combine(_folder.Path, "made");
        using (var store = new SqliteStore(new SqliteStoreOptions { DataDirectory = made }))
        {
            await new SqliteBook(store).AppendAsync("acme", 0, SqliteFolder.Entries("a"), Cancelled);
            Assert.Equal(Own | UnixFileMode.UserExecute, File.GetUnixFileMode(made));
            foreach (var file in Directory.GetFiles(made)) Assert.Equal(Own, File.GetUnixFileMode(file));
            Assert.Equal(5, Directory.GetFiles(made).Length);
        }

        const UnixFileMode Given = Own | UnixFileMode.GroupRead;
        File.SetUnixFileMode(made, Given | UnixFileMode.UserExecute | UnixFileMode.GroupExecute);
        File.SetUnixFileMode(Path.Combine(made, "gateway.books"), Given);
        using (new SqliteStore(new SqliteStoreOptions { DataDirectory = made })) Assert.Equal(Given, File.GetUnixFileMode(Path.Combine(made, "gateway.books")));
        Assert.Equal(Given | UnixFileMode.UserExecute | UnixFileMode.GroupExecute, File.GetUnixFileMode(made));
    }

    [Fact]
    public async Task A_start_after_a_crash_reads_only_what_came_after_the_last_flush_of_heads()
    {
        const int tenants = 30;
        const int rounds = 5;
        const int entriesAtOnce = 190; // so that the end is not a flush
        using var image = new SqliteFolder();
        using var store = _folder.Open();
        var book = new SqliteBook(store);
        for (var round = 0; round < rounds; round++)
        {
            for (var tenant = 0; tenant < tenants; tenant++)
            {
                var entries = Enumerable.Range(0, entriesAtOnce).Select(i => $"{tenant}/{round}/{i}").ToArray();
                await book.AppendAsync($"t{tenant}", round * entriesAtOnce, SqliteFolder.Entries(entries), Cancelled);
            }
        }

        _folder.CopyAsAfterCrash(image);

        using var after = image.Open();
        Assert.InRange(await CaughtUpAsync(after), 1, BookHeads.RowsBetweenFlushes);
        var found = new SqliteBook(after);
        for (var tenant = 0; tenant < tenants; tenant++)
        {
            Assert.Equal(rounds * entriesAtOnce, await found.CountAsync($"t{tenant}", Cancelled));
            Assert.Equal($"{rounds * entriesAtOnce}:{tenant}/{rounds - 1}/{entriesAtOnce - 1}", (await found.AllAsync($"t{tenant}"))[^1]);
        }
    }

    [Fact]
    public void Data_of_a_newer_program_are_refused_and_left_alone()
    {
        _folder.Open().Dispose();
        using (var newer = _folder.Connect())
        {
            SqliteFolder.Run(newer, "PRAGMA user_version=99");
        }

        var refusal = Assert.Throws<InvalidDataException>(() => _folder.Open());

        Assert.Contains("99", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => _folder.Open()); // not "in use"
    }

    [Fact]
    public async Task A_book_that_an_older_release_wrote_is_marked_where_it_is_read_and_goes_on_in_the_file()
    {
        _folder.WriteAsBefore(entries: 3000, knownToHeads: 2900);
        using (var again = _folder.Open())
        {
            var book = new SqliteBook(again);
            Assert.Equal(100, await CaughtUpAsync(again));
            Assert.True((await book.AppendAsync("acme", 3000, SqliteFolder.Entries([.. Enumerable.Range(3001, 200).Select(i => $"{i}")]), Cancelled)).Appended);

            var found = await book.FindAsync("acme", 2000, Cancelled);
            Assert.Equal("2000", Encoding.UTF8.GetString(found!.Value.Bytes.Span));
            Assert.Equal(4, await MarksAsync(again)); // 2048, 2304, 2560, 2816

            Assert.Equal(Enumerable.Range(1, 3200).Select(i => $"{i}:{i}"), await book.AllAsync("acme"));
            Assert.Equal(11, await MarksAsync(again));
            Assert.True((await book.AppendAsync("other", 0, SqliteFolder.Entries("x"), Cancelled)).Appended);
        }

        using var last = _folder.Open();
        Assert.Equal(12, await MarksAsync(last)); // and 3072, with the heads
        Assert.Equal(3200, (await new SqliteBook(last).AllAsync("acme")).Count);
        Assert.Equal(["1:x"], await new SqliteBook(last).AllAsync("other"));
    }

    [Fact]
    public async Task A_crash_before_heads_are_flushed_leaves_a_book_half_in_the_table_and_half_in_the_file()
    {
        using var image = new SqliteFolder();
        _folder.WriteAsBefore(entries: 5, knownToHeads: 3);
        using var store = _folder.Open();
        await new SqliteBook(store).AppendAsync("acme", 5, SqliteFolder.Entries("6"), Cancelled);
        _folder.CopyAsAfterCrash(image);

        using var after = image.Open();
        Assert.Equal(["1:1", "2:2", "3:3", "4:4", "5:5", "6:6"], await new SqliteBook(after).AllAsync("acme"));
    }

    [Fact]
    public async Task A_mark_that_is_wrong_is_noticed()
    {
        using (var store = _folder.Open())
        {
            await new SqliteBook(store).AppendAsync("acme", 0, SqliteFolder.Entries([.. Enumerable.Range(1, 600).Select(i => $"{i}")]), Cancelled);
        }

        using (var damage = _folder.Connect())
        {
            SqliteFolder.Run(damage, "UPDATE mark SET id = id + 1 WHERE seq = 256");
        }

        using var damaged = _folder.Open();
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => new SqliteBook(damaged).FindAsync("acme", 17, Cancelled));
        Assert.Contains("Entry 256 of the book of tenant 'acme'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_that_fails_fails_all_its_appends_and_leaves_no_trace_even_after_a_crash()
    {
        using var image = new SqliteFolder();
        using var store = _folder.Open();
        var book = new SqliteBook(store);
        await book.AppendAsync("acme", 0, SqliteFolder.Entries("a"), Cancelled);
        await FlushAsync(store, FailOnce("Input/output error"));
        Task[] appends;
        using (await HeldWriter.HoldAsync(store))
        {
            appends =
            [
                book.AppendAsync("acme", 1, SqliteFolder.Entries("b"), Cancelled),
                book.AppendAsync("new", 0, SqliteFolder.Entries("x"), Cancelled),
                book.AppendAsync("acme", 2, SqliteFolder.Entries("c"), Cancelled),
            ];
        }

        foreach (var append in appends)
        {
            Assert.Contains("Input/output error", (await Assert.ThrowsAsync<StoreUnavailableException>(() => append)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, await book.CountAsync("acme", Cancelled));
        Assert.Equal(0, await book.CountAsync("new", Cancelled));
        // Who was told that it is not there must not find it later.
        _folder.CopyAsAfterCrash(image);
        using (var after = image.Open()) Assert.Equal(["1:a"], await new SqliteBook(after).AllAsync("acme"));

        Assert.Equal(new AppendOutcome(true, 2), await book.AppendAsync("acme", 1, SqliteFolder.Entries("b"), Cancelled));
        Assert.Equal(new AppendOutcome(true, 1), await book.AppendAsync("new", 0, SqliteFolder.Entries("x"), Cancelled));
        Assert.Equal(["1:a", "2:b"], await book.AllAsync("acme"));
        Assert.Equal(["1:x"], await book.AllAsync("new"));
    }

    [Fact]
    public async Task A_disk_that_refuses_is_a_store_that_is_unavailable_until_it_takes_writes_again()
    {
        using (var store = _folder.Open())
        {
            var book = new SqliteBook(store);
            await book.AppendAsync("acme", 0, SqliteFolder.Entries("a"), Cancelled);
            var refuses = true;
            await FlushAsync(store, _ =>
            {
                if (Volatile.Read(ref refuses)) throw new IOException("No space left on device");
            });

            var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 1, SqliteFolder.Entries("b"), Cancelled));
            Assert.Contains("No space left", fault.Message, StringComparison.Ordinal);
            // Nobody can say what is there before what failed is undone.
            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("acme", Cancelled));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 1, SqliteFolder.Entries("b"), Cancelled));

            Volatile.Write(ref refuses, false);
            Assert.Equal(1, await book.CountAsync("acme", Cancelled));
            Assert.Equal(new AppendOutcome(true, 2), await book.AppendAsync("acme", 1, SqliteFolder.Entries("c"), Cancelled));
        }

        using var again = _folder.Open();
        Assert.Equal(["1:a", "2:c"], await new SqliteBook(again).AllAsync("acme"));
    }

    [Fact]
    public async Task Entries_of_any_size_are_read_back()
    {
        var sizes = new[] { 0, 1, 7, 8, 9, 1_000, 16_383, 16_384, 300_000, 2_000_000, 3 };
        var written = sizes.Select((size, i) => Enumerable.Repeat((byte)(i + 1), size).ToArray()).ToList();
        using var image = new SqliteFolder();
        using (var store = _folder.Open())
        {
            var book = new SqliteBook(store);
            // Twice: each alone, then all together.
            for (var i = 0; i < written.Count; i++) await book.AppendAsync("acme", i, [written[i]], Cancelled);
            await book.AppendAsync("acme", written.Count, [.. written.Select(entry => new ReadOnlyMemory<byte>(entry))], Cancelled);
            _folder.CopyAsAfterCrash(image);
            Assert.Equal([.. written, .. written], await BytesAsync(store));
        }

        foreach (var folder in new[] { _folder, image })
        {
            using var again = folder.Open();
            Assert.Equal([.. written, .. written], await BytesAsync(again));
        }

        static async Task<List<byte[]>> BytesAsync(SqliteStore store)
        {
            var found = new List<byte[]>();
            await foreach (var entry in new SqliteBook(store).ReadAsync("acme", 1, Cancelled)) found.Add(entry.Bytes.ToArray());
            return found;
        }
    }

    [Theory]
    [InlineData(0)] // nothing of the record reached the disk
    [InlineData(8)]
    [InlineData(24)] // its head
    [InlineData(56)] // all but the entry
    [InlineData(64)]
    public async Task What_a_crash_cut_short_was_never_there(int landed)
    {
        using var image = new SqliteFolder();
        using var store = _folder.Open();
        var book = new SqliteBook(store);
        await book.AppendAsync("acme", 0, SqliteFolder.Entries("a", "b"), Cancelled);
        var before = await EndAsync(store);
        await book.AppendAsync("acme", 2, SqliteFolder.Entries("cut short"), Cancelled);
        _folder.CopyAsAfterCrash(image);
        image.Overwrite(before + landed, new byte[1_000]);

        for (var round = 0; round < 2; round++)
        {
            using var after = image.Open();
            Assert.Equal(["1:a", "2:b"], (await new SqliteBook(after).AllAsync("acme")).Take(2));
            Assert.Equal(new AppendOutcome(true, 3 + round), await new SqliteBook(after).AppendAsync("acme", 2 + round, SqliteFolder.Entries("c"), Cancelled));
        }
    }

    [Fact]
    public void A_start_waits_for_the_disk_to_have_what_it_found()
    {
        using var file = BookFile.Open(_folder.Path, EmbeddedDurability.PowerLoss);
        var flushes = 0;
        file.Flush = _ => flushes++;
        file.Recover(null);
        Assert.Equal(1, flushes);
    }

    [Fact]
    public async Task A_damaged_record_with_whole_ones_behind_it_is_refused_and_left_alone()
    {
        using var image = new SqliteFolder();
        using var store = _folder.Open();
        var book = new SqliteBook(store);
        await book.AppendAsync("acme", 0, SqliteFolder.Entries("a"), Cancelled);
        var place = await EndAsync(store);
        await book.AppendAsync("acme", 1, SqliteFolder.Entries("b"), Cancelled);
        await book.AppendAsync("acme", 2, SqliteFolder.Entries("c"), Cancelled);
        _folder.CopyAsAfterCrash(image);
        image.Overwrite(place + 20, [99]);
        var bytes = await File.ReadAllBytesAsync(image.Books, Cancelled);

        var refusal = Assert.Throws<InvalidDataException>(() => image.Open());
        Assert.Contains($"no entries at byte {place}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Restore", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(image.Books, Cancelled));

        // Where nothing waits for the disk a loss of power leaves such files, and takes what is behind with it for good.
        for (var round = 0; round < 2; round++)
        {
            using var after = image.Open(EmbeddedDurability.ProcessCrash);
            Assert.Equal(1 + round, (await new SqliteBook(after).AllAsync("acme")).Count);
            Assert.True((await new SqliteBook(after).AppendAsync("acme", 1 + round, SqliteFolder.Entries("d"), Cancelled)).Appended);
        }
    }

    [Fact]
    public async Task Files_of_two_moments_are_refused_unless_the_tables_are_the_older_ones()
    {
        using var older = new SqliteFolder();
        using (var store = _folder.Open()) await new SqliteBook(store).AppendAsync("acme", 0, SqliteFolder.Entries("a"), Cancelled);
        File.Copy(_folder.Tables, older.Tables);
        File.Copy(_folder.Books, older.Books);
        using (var store = _folder.Open()) await new SqliteBook(store).AppendAsync("acme", 1, SqliteFolder.Entries("b"), Cancelled);

        // The tables are read on from the file.
        File.Copy(older.Tables, _folder.Tables, overwrite: true);
        using (var store = _folder.Open()) Assert.Equal(["1:a", "2:b"], await new SqliteBook(store).AllAsync("acme"));

        File.Copy(older.Books, _folder.Books, overwrite: true);
        Assert.Contains("too old", Assert.Throws<InvalidDataException>(() => _folder.Open()).Message, StringComparison.Ordinal);

        File.Delete(_folder.Books);
        Assert.Contains("is missing", Assert.Throws<InvalidDataException>(() => _folder.Open()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Books));

        File.Delete(older.Tables);
        Assert.Contains("gateway.db", Assert.Throws<InvalidDataException>(() => older.Open()).Message, StringComparison.Ordinal);
        Assert.NotEqual(0, new FileInfo(older.Books).Length);
    }

    [Fact]
    public async Task A_damaged_entry_is_noticed_and_named()
    {
        using (var store = _folder.Open())
        {
            await new SqliteBook(store).AppendAsync("acme", 0, SqliteFolder.Entries([.. Enumerable.Range(1, 200).Select(i => $"entry {i};")]), Cancelled);
            await new SqliteBook(store).AppendAsync("acme", 200, SqliteFolder.Entries("the one that a start looks at"), Cancelled);
        }

        var bytes = await File.ReadAllBytesAsync(_folder.Books, Cancelled);
        _folder.Overwrite(bytes.AsSpan().IndexOf("entry 17;"u8), "entri"u8);

        using var damaged = _folder.Open();
        var book = new SqliteBook(damaged);
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AllAsync("acme"));
        Assert.Contains("Entry 17 of the book of tenant 'acme'", fault.Message, StringComparison.Ordinal);
        Assert.Equal(101, (await book.AllAsync("acme", 101)).Count);
    }

    private static Task<Action<SafeFileHandle>?> FlushAsync(SqliteStore store, Action<SafeFileHandle> flush) =>
        store.ReadAsync(new SqliteQuestion<Action<SafeFileHandle>?>(database => database.Book.File.Flush = flush));

    private static Action<SafeFileHandle> FailOnce(string fault)
    {
        var failed = false;
        return file =>
        {
            if (!failed)
            {
                failed = true;
                throw new IOException(fault);
            }

            DiskFlush.Data(file);
        };
    }

    private static Task<long> EndAsync(SqliteStore store) => store.ReadAsync(new SqliteQuestion<long>(database => database.Book.File.End));

    private static Task<long> MarksAsync(SqliteStore store) => store.ReadAsync(new SqliteQuestion<long>(database =>
    {
        using var statement = new SqliteStatement(database.Handle, "SELECT count(*) FROM mark");
        statement.Step();
        return statement.Int64(0);
    }));

    private static Task<long> CaughtUpAsync(SqliteStore store) => store.ReadAsync(new SqliteQuestion<long>(database => database.Heads.CaughtUp));
}
