using System.Globalization;
using BenchmarkDotNet.Attributes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Benchmarks;

/// <summary>One entry, written as JSON and appended: alone, and beside those of 63 other tenants, with which it shares a flush.</summary>
public class BookBenchmarks
{
    private const int Together = 64;

    private readonly long[] _counts = new long[Together];
    private readonly string[] _tenants = [.. Enumerable.Range(0, Together).Select(i => string.Create(CultureInfo.InvariantCulture, $"tenant-{i}"))];
    private readonly BenchmarkTenant _tenant = new();
    private string _folder = "";
    private SqliteStore? _store;
    private IBook _book = null!;
    private BookEntry.Held[] _entries = [];

    /// <summary>Where.</summary>
    [Params("memory", "ProcessCrash", "PowerLoss")]
    public string Book { get; set; } = "memory";

    [GlobalSetup]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("orleans-gateway-book-").FullName;
        _store = Book == "memory" ? null : new SqliteStore(new SqliteStoreOptions { DataDirectory = _folder, Durability = Enum.Parse<EmbeddedDurability>(Book) });
        _book = _store is null ? new InMemoryBook() : new SqliteBook(_store);
        _entries = [.. _tenants.Select(_ => _tenant.Held())];
        Array.Clear(_counts);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _store?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Description = "append")]
    public Task Alone() => AppendAsync(0);

    [Benchmark(Description = "append, 64 at once", OperationsPerInvoke = Together)]
    public Task AtOnce()
    {
        var appends = new Task[Together];
        for (var i = 0; i < Together; i++) appends[i] = AppendAsync(i);
        return Task.WhenAll(appends);
    }

    private async Task AppendAsync(int tenant)
    {
        var outcome = await _book.AppendAsync(_tenants[tenant], _counts[tenant], [_entries[tenant].ToBytes()], CancellationToken.None);
        if (!outcome.Appended) throw new InvalidOperationException($"Entry {_counts[tenant] + 1} of {_tenants[tenant]} was not appended.");
        _counts[tenant] = outcome.Count;
    }
}
