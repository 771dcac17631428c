using OrleansGateway.Tests.Conformance.Books;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Answers;

public sealed class AnswerSuitesTests
{
    [Fact]
    public void Every_store_of_answers_has_a_conformance_suite()
    {
        var stores = typeof(SqliteAnswerStore).Assembly.GetTypes().Append(typeof(InMemoryAnswerStore))
            .Where(type => type.IsClass && !type.IsAbstract && type.IsAssignableTo(typeof(IAnswerStore)));
        var covered = typeof(AnswerStoreConformance).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(AnswerStoreConformance)))
            .SelectMany(type => type.GetCustomAttributes(typeof(SuiteForAttribute), inherit: false))
            .Select(suite => ((SuiteForAttribute)suite).Implementation.Name)
            .ToList();

        Assert.Contains(nameof(RedisAnswerStore), covered);
        Assert.Equal(stores.Select(type => type.Name).Order(), covered.Order());
    }
}
