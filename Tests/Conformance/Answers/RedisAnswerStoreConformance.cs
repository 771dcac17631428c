using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.Conformance.Books;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Answers;

[SuiteFor(typeof(RedisAnswerStore))]
public sealed class RedisAnswerStoreConformance(RedisServer redis) : AnswerStoreConformance, IClassFixture<RedisServer>
{
    private static readonly RedisBookOptions Options = new() { KeyPrefix = "answers:", AppendTimeout = TimeSpan.FromSeconds(30) };

    protected override IAnswerStore Store { get; } = new RedisAnswerStore(redis.Connection, Options, TimeProvider.System);

    [Fact]
    public async Task Both_values_of_an_answer_are_in_the_tenants_slot_and_expire_a_while_after_its_key()
    {
        await Store.PutAsync(Acme, Answer("req_1", "k", "text"), Cancelled);
        var database = redis.Connection.GetDatabase();
        foreach (var name in new[] { $"answers:{{t:{Acme}}}:answer:req_1/1", $"answers:{{t:{Acme}}}:answered:k" })
            Assert.InRange((await database.KeyTimeToLiveAsync(name))!.Value, TimeSpan.FromHours(24.5), TimeSpan.FromHours(25));
    }

    [Fact]
    public async Task What_came_in_an_hour_counts_for_every_silo_until_its_answers_have_expired()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 6, 15, 12, 59, 0, TimeSpan.Zero));
        var (one, other) = (new RedisAnswerStore(redis.Connection, Options, clock), new RedisAnswerStore(redis.Connection, Options, clock));
        Assert.True(await one.TryPutAsync(Acme, Answer("req_1", "k", new string('a', 600)), 1_000, Cancelled));
        clock.SetUtcNow(new DateTimeOffset(2026, 6, 16, 13, 59, 0, TimeSpan.Zero));
        Assert.False(await other.TryPutAsync(Acme, Answer("req_2", "k2", new string('b', 600)), 1_000, Cancelled));
        clock.SetUtcNow(new DateTimeOffset(2026, 6, 16, 14, 0, 0, TimeSpan.Zero));
        Assert.True(await other.TryPutAsync(Acme, Answer("req_2", "k2", new string('b', 600)), 1_000, Cancelled));
        Assert.Equal(1, await redis.Connection.GetDatabase().HashLengthAsync($"answers:{{t:{Acme}}}:answers:bytes"));
        Assert.InRange((await redis.Connection.GetDatabase().KeyTimeToLiveAsync($"answers:{{t:{Acme}}}:answers:bytes"))!.Value, TimeSpan.FromHours(24.5), TimeSpan.FromHours(25));
    }
}
