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

    private static long Count(SqliteDatabase database)
    {
        using var count = new SqliteStatement(database.Handle, "SELECT COUNT(*) FROM answer");
        count.Step();
        return count.Int64(0);
    }
}
