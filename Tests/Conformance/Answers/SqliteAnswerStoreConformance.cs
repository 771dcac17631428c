using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.Conformance.Books;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Answers;

[SuiteFor(typeof(SqliteAnswerStore))]
public sealed class SqliteAnswerStoreConformance : AnswerStoreConformance, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.Zero));
    private SqliteStore _store;

    public SqliteAnswerStoreConformance()
    {
        _store = Open();
        Store = new SqliteAnswerStore(_store, _time);
    }

    protected override IAnswerStore Store { get; }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_answer_is_there_after_a_restart_until_its_key_is_forgotten()
    {
        await Store.PutAsync(Acme, Answer("req_1", "k", "text"), Cancelled);
        _store.Dispose();
        _store = Open();
        var store = new SqliteAnswerStore(_store, _time);

        _time.Advance(TimeSpan.FromHours(24));
        Assert.Equal("text", Text(await store.FindAsync(Acme, new("req_1", 1), Cancelled)));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(await store.FindAsync(Acme, new("req_1", 1), Cancelled));
        Assert.Null(await store.FindByKeyAsync(Acme, "k", Cancelled));
    }

    [Fact]
    public async Task Old_answers_are_deleted_in_passing()
    {
        for (var i = 0; i < 100; i++) await Store.PutAsync(Acme, Answer($"old_{i}", $"k{i}", "text"), Cancelled);
        _time.Advance(TimeSpan.FromHours(26));
        for (var i = 0; i < 30; i++) await Store.PutAsync(Acme, Answer($"new_{i}", $"n{i}", "text"), Cancelled);
        Assert.Equal(30, await _store.ReadAsync(new SqliteQuestion<long>(database => Count(database))));
    }

    [Fact]
    public async Task Answers_put_by_a_clock_that_was_ahead_stay_their_time_and_keep_none_that_came_after()
    {
        _time.AdjustTime(_time.GetUtcNow().AddDays(40));
        for (var i = 0; i < 10; i++) await Store.PutAsync(Acme, Answer($"ahead_{i}", $"a{i}", "text"), Cancelled);
        _time.AdjustTime(_time.GetUtcNow().AddDays(-40));
        for (var i = 0; i < 100; i++) await Store.PutAsync(Acme, Answer($"old_{i}", $"k{i}", "text"), Cancelled);
        _time.Advance(TimeSpan.FromHours(26));
        for (var i = 0; i < 30; i++) await Store.PutAsync(Acme, Answer($"new_{i}", $"n{i}", "text"), Cancelled);
        Assert.Equal(10 + 30, await _store.ReadAsync(new SqliteQuestion<long>(Count)));

        _time.Advance(TimeSpan.FromDays(42));
        for (var i = 0; i < 10; i++) await Store.PutAsync(Acme, Answer($"last_{i}", $"l{i}", "text"), Cancelled);
        Assert.Equal(10, await _store.ReadAsync(new SqliteQuestion<long>(Count)));
    }

    [Fact]
    public async Task A_file_of_the_release_whose_answers_had_no_order_by_time_keeps_them_and_gets_it()
    {
        using var before = new SqliteFolder();
        using (var opened = before.Open()) await new SqliteAnswerStore(opened, _time).PutAsync(Acme, Answer("old", "k", "text"), Cancelled);
        using (var connection = before.Connect()) SqliteFolder.Run(connection, "DROP INDEX answer_until; PRAGMA user_version=4");

        using var next = before.Open();
        var store = new SqliteAnswerStore(next, _time);
        Assert.Equal("text", Text(await store.FindAsync(Acme, new("old", 1), Cancelled)));
        _time.Advance(TimeSpan.FromHours(26));
        await store.PutAsync(Acme, Answer("new", "k", "text"), Cancelled);
        Assert.Equal(1, await next.ReadAsync(new SqliteQuestion<long>(Count)));
        Assert.Equal(1, await next.ReadAsync(new SqliteQuestion<long>(database => Number(database, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'answer_until'"))));
    }

    [Fact]
    public async Task What_a_tenant_has_counts_after_a_restart_until_it_is_deleted()
    {
        Assert.True(await Store.TryPutAsync(Acme, Answer("req_1", "k", new string('a', 600)), 1_000, Cancelled));
        _store.Dispose();
        _store = Open();
        var store = new SqliteAnswerStore(_store, _time);

        Assert.False(await store.TryPutAsync(Acme, Answer("req_2", "k2", new string('b', 600)), 1_000, Cancelled));
        _time.Advance(TimeSpan.FromHours(25));
        Assert.True(await store.TryPutAsync(Acme, Answer("req_2", "k2", new string('b', 600)), 1_000, Cancelled));
        Assert.False(await store.TryPutAsync(Acme, Answer("req_3", "k3", new string('b', 600)), 1_000, Cancelled));
    }

    [Fact]
    public async Task What_a_transaction_undid_does_not_count()
    {
        await Store.PutAsync(Acme, Answer("req_1", "k", new string('a', 300)), Cancelled);
        var failing = new SqliteQuestion<bool>(database =>
        {
            database.Answers.TryPut(Acme, Answer("req_2", "k2", new string('b', 600)), long.MaxValue, 1_000);
            throw new InvalidOperationException("undone");
        });
        _store.Write(failing);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => failing.Completed);
        Assert.True(await Store.TryPutAsync(Acme, Answer("req_3", "k3", new string('c', 600)), 1_000, Cancelled));
    }

    [Fact]
    public async Task A_file_of_the_release_before_answers_were_kept_gets_their_table_and_keeps_its_book()
    {
        using var before = new SqliteFolder();
        before.WriteAsBefore(entries: 1, knownToHeads: 1, version: 2);
        using var opened = before.Open();
        var store = new SqliteAnswerStore(opened, _time);
        await store.PutAsync(Acme, Answer("req_1", "k", "text"), Cancelled);

        Assert.Equal("text", Text(await store.FindAsync(Acme, new("req_1", 1), Cancelled)));
        Assert.Equal(["1:1"], await new SqliteBook(opened).AllAsync("acme"));
    }

    private SqliteStore Open() => new(new SqliteStoreOptions { DataDirectory = _folder.Path });

    private static long Count(SqliteDatabase database) => Number(database, "SELECT COUNT(*) FROM answer");

    private static long Number(SqliteDatabase database, string query)
    {
        using var count = new SqliteStatement(database.Handle, query);
        count.Step();
        return count.Int64(0);
    }
}
