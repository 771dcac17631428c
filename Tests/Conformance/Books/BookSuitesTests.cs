using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

public sealed class BookSuitesTests
{
    [Fact]
    public void Every_book_has_a_conformance_suite()
    {
        var books = typeof(SqliteBook).Assembly.GetTypes().Append(typeof(InMemoryBook))
            .Where(type => type.IsClass && !type.IsAbstract && type.IsAssignableTo(typeof(IBook)))
            .ToHashSet();
        var covered = typeof(BookConformance).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(BookConformance)))
            .SelectMany(type => type.GetCustomAttributes(typeof(SuiteForAttribute), inherit: false))
            .Select(suite => ((SuiteForAttribute)suite).Implementation)
            .ToHashSet();

        Assert.Contains(typeof(SqliteBook), books);
        Assert.Contains(typeof(RedisBook), books);
        Assert.Equal(books.Select(type => type.Name).Order(), covered.Select(type => type.Name).Order());
    }
}
