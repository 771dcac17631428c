using System.Text;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>A disk that hangs, and a file that is taken away.</summary>
public sealed class SqliteTroubleTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_that_hangs_is_told_to_all_who_wait_and_to_those_who_come_and_what_waited_lands_once()
    {
        using var folder = new TempFolder();
        var time = new FakeTimeProvider();
        using var store = new SqliteStore(new SqliteStoreOptions { DataDirectory = folder.Path, AnswerTimeout = TimeSpan.FromSeconds(2) }, time);
        var book = new SqliteBook(store);
        await book.AppendAsync("acme", 0, Entry("a"), Cancelled);

        Task<AppendOutcome> waiting;
        using (await HangAsync(store))
        {
            waiting = book.AppendAsync("acme", 1, Entry("b"), Cancelled);
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(waiting.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(1));
            var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => waiting);
            Assert.Contains("its disk hangs", fault.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("acme", Cancelled));
            await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 1, Entry("b"), Cancelled));
        }

        await Eventually.BecomesAsync(
            async () =>
            {
                try
                {
                    return (await book.AppendAsync("acme", 1, Entry("b"), Cancelled)).Appended;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            landed => landed, TimeSpan.FromSeconds(30), "the append");
        Assert.Equal(["1:a", "2:b"], await book.AllAsync("acme"));
    }

    [Theory]
    [InlineData("gateway.db")]
    [InlineData("gateway.books")]
    public async Task A_file_that_was_deleted_takes_nothing_that_nobody_would_find_again(string name)
    {
        using var folder = new TempFolder();
        using var store = new SqliteStore(new SqliteStoreOptions { DataDirectory = folder.Path });
        var book = new SqliteBook(store);
        await book.AppendAsync("acme", 0, Entry("a"), Cancelled);
        var file = Path.Combine(folder.Path, name);

        File.Move(file, file + ".away");
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => book.AppendAsync("acme", 1, Entry("b"), Cancelled));
        Assert.Contains("was deleted while it was in use", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => book.CountAsync("acme", Cancelled));
        File.Move(file + ".away", file);

        Assert.Equal(new AppendOutcome(true, 2), await book.AppendAsync("acme", 1, Entry("b"), Cancelled));
        Assert.Equal(["1:a", "2:b"], await book.AllAsync("acme"));
    }

    private static async Task<HungDisk> HangAsync(SqliteStore store)
    {
        var disk = new HungDisk();
        _ = store.ReadAsync(new SqliteQuestion<bool>(_ => disk.Hang())).ContinueWith(static done => done.Exception, TaskScheduler.Default);
        await disk.Reached.Task;
        return disk;
    }

    private sealed class HungDisk : IDisposable
    {
        private readonly ManualResetEventSlim _release = new();

        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Hang()
        {
            Reached.SetResult();
            _release.Wait();
            return true;
        }

        // Not disposed: the writer may still be on its way out of it.
        public void Dispose() => _release.Set();
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Entry(string text) => [Encoding.UTF8.GetBytes(text)];
}
