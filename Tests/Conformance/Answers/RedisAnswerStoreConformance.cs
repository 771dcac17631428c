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
}
