using CsCheck;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Properties.Holds;

/// <summary>
/// The histories that the model is searched for (<see cref="Model.ProtocolTests"/>), at random and on the real classes and stores: two activations of
/// one tenant, lost and late acknowledgements, crashes, deadlines, adjustments.
/// </summary>
public sealed class HoldLaws(RedisServer redis, ITestOutputHelper output) : IClassFixture<RedisServer>
{
    private int _histories;

    [Fact]
    public async Task The_books_in_the_embedded_store_hold_their_invariants_through_every_history()
    {
        using var folder = new TempFolder();
        using var store = new SqliteStore(new SqliteStoreOptions { DataDirectory = folder.Path, Durability = EmbeddedDurability.ProcessCrash });
        await CheckAsync(new SqliteBook(store), histories: 400);
    }

    [Fact]
    public Task The_books_in_redis_hold_their_invariants_through_every_history() =>
        CheckAsync(new RedisBook(redis.Connection, new RedisBookOptions { KeyPrefix = "holds:", AppendTimeout = TimeSpan.FromSeconds(30) }, TimeProvider.System), histories: 200);

    private async Task CheckAsync(IBook book, int histories)
    {
        var reached = new Reached();
        await HoldStep.Gen.Array[1, 60].SampleAsync(steps => HoldRun.PlayAsync(book, $"t{++_histories}", steps, reached), iter: histories, threads: 1);

        output.WriteLine($"{_histories} histories: {reached}");
        Assert.InRange(reached.StaleAppends, 30, int.MaxValue);
        Assert.InRange(reached.StaleAnswers, 1, int.MaxValue);
        Assert.InRange(reached.Resolved, histories / 50, int.MaxValue);
        Assert.InRange(reached.Renewals, histories / 50, int.MaxValue);
        Assert.InRange(reached.Extensions, histories / 10, int.MaxValue);
        Assert.InRange(reached.Hedges, histories / 40, int.MaxValue);
        Assert.InRange(reached.Fences, histories / 50, int.MaxValue);
        Assert.InRange(reached.RepliesLost, 10, int.MaxValue);
        Assert.InRange(reached.LandedLate, histories / 50, int.MaxValue);
        Assert.InRange(reached.RefusedLate, histories / 50, int.MaxValue);
        Assert.InRange(reached.Denials, 30, int.MaxValue);
        Assert.InRange(reached.Expired, 10, int.MaxValue);
    }
}
