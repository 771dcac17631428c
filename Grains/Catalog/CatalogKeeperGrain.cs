using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>The keeper, as a grain.</summary>
[GrainType("catalog-keeper")]
internal sealed partial class CatalogKeeperGrain(
    [PersistentState("catalog", TenantBook.SnapshotStore)] IPersistentState<CatalogState> state,
    CatalogSource source, CatalogRecipe recipe, TimeProvider time, ILogger<CatalogKeeperGrain> logger)
    : Grain, ICatalogKeeperGrain
{
    private static readonly TimeSpan ListLife = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ReadingTime = TimeSpan.FromMinutes(1);

    private DateTimeOffset _readAgainAt;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        source.Take(Inputs);
        return Task.CompletedTask;
    }

    public Task<CatalogNews> News(long revision)
    {
        var now = time.GetUtcNow();
        var read = now >= _readAgainAt;
        // Whoever is told to read may die before it has.
        if (read) _readAgainAt = now + ReadingTime;
        return Task.FromResult(new CatalogNews(revision == Inputs.Revision ? null : Inputs, read));
    }

    public Task<ModelCatalog> Current() => Task.FromResult(source.Current);

    public async Task<AdminOutcome<ModelCatalog>> Replace(CatalogEntries entries, string? ifVersion)
    {
        var current = source.Current;
        if (ifVersion is not null && current.Version != ifVersion) return new AdminOutcome<ModelCatalog>.Conflict($"The catalog has the version {current.Version} now.");
        if (CatalogRules.Check(entries, current, recipe.Providers) is { IsEmpty: false } faults) return new AdminOutcome<ModelCatalog>.Invalid(faults);
        var next = Inputs with
        {
            Revision = Inputs.Revision + 1,
            Operator = CatalogRules.WithoutRepetitions(entries, recipe.Build(Inputs with { Operator = new CatalogEntries() })),
        };
        await KeepAsync(next);
        return new AdminOutcome<ModelCatalog>.Done(source.Current);
    }

    public async Task Learn(ImmutableDictionary<string, ImmutableArray<string>> listed)
    {
        _readAgainAt = time.GetUtcNow() + ListLife;
        var known = Inputs.Listed;
        var news = listed.Where(list => !known.TryGetValue(list.Key, out var before) || !before.SequenceEqual(list.Value)).ToList();
        if (news.Count == 0) return;
        foreach (var (provider, ids) in news) LogListed(provider, ids.Length);
        await KeepAsync(Inputs with { Revision = Inputs.Revision + 1, Listed = known.SetItems(news) });
    }

    private CatalogInputs Inputs => state.State.Inputs;

    private async Task KeepAsync(CatalogInputs inputs)
    {
        await state.Keep(this, new CatalogState { Inputs = inputs });
        source.Take(inputs);
    }

    [LoggerMessage(EventName = "models_listed", Level = LogLevel.Information,
        Message = "The upstream {Provider} lists {Count} models; GET /admin/v1/catalog shows which are offered and which have no price")]
    private partial void LogListed(string provider, int count);
}

/// <summary>What is stored for the catalog.</summary>
internal sealed record CatalogState
{
    public CatalogInputs Inputs { get; init; } = new() { Revision = 1 };
}
