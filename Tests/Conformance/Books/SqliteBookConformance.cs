using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

[SuiteFor(typeof(SqliteBook))]
public sealed class SqliteBookConformance : BookConformance, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SqliteStore _store;

    public SqliteBookConformance()
    {
        _store = new SqliteStore(new SqliteStoreOptions { DataDirectory = _folder.Path });
        Book = new SqliteBook(_store);
    }

    protected override IBook Book { get; }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }
}
