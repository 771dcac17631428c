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
    private long _newest;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Hear(source.Revision);
        source.Take(Inputs);
        return Task.CompletedTask;
    }

    public Task<CatalogNews> News(long revision)
    {
        Hear(revision);
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
        var without = recipe.Build(Inputs with { Operator = new CatalogEntries() });
        // A release that kept no prices has left those that are set.
        var cited = new CitedPrices(state.State.Cited).Add(Inputs.Operator.Models);
        if (CatalogRules.Check(entries, current, without, cited.All, recipe.Providers) is { IsEmpty: false } faults) return new AdminOutcome<ModelCatalog>.Invalid(faults);
        var kept = CatalogRules.WithoutRepetitions(entries, without);
        foreach (var model in kept.Models)
            cited.Add(current.Models.Values.Concat(current.Withdrawn).Concat(without.Models.Values).Where(before => before.Id == model.Id)).Add([model]);
        await KeepAsync(new CatalogState { Inputs = Inputs with { Revision = NextRevision, Operator = kept }, Cited = cited.All });
        return new AdminOutcome<ModelCatalog>.Done(source.Current);
    }

    public async Task Learn(ImmutableDictionary<string, ImmutableArray<string>> listed)
    {
        _readAgainAt = time.GetUtcNow() + ListLife;
        var known = Inputs.Listed;
        var news = listed.Where(list => !known.TryGetValue(list.Key, out var before) || !before.SequenceEqual(list.Value)).ToList();
        if (news.Count == 0) return;
        foreach (var (provider, ids) in news) LogListed(provider, ids.Length);
        await KeepAsync(state.State with { Inputs = Inputs with { Revision = NextRevision, Listed = known.SetItems(news) } });
    }

    private CatalogInputs Inputs => state.State.Inputs;

    // Silos take what is newer than they have: after a store was put back they have more than is kept.
    private long NextRevision => Math.Max(Inputs.Revision, Math.Max(source.Revision, _newest)) + 1;

    private void Hear(long revision)
    {
        if (revision <= Math.Max(Inputs.Revision, _newest)) return;
        _newest = revision;
        LogBehind(Inputs.Revision, revision);
    }

    private async Task KeepAsync(CatalogState next)
    {
        await state.Keep(this, next);
        source.Take(next.Inputs);
    }

    [LoggerMessage(EventName = "catalog_behind", Level = LogLevel.Error,
        Message = "The store has edition {Kept} of what operators and upstreams say of the catalog, and a silo has {Known}: the store lost changes. Those stay in force on "
            + "silos that know them, until they restart or the catalog is changed: PUT /admin/v1/catalog as it is to be")]
    private partial void LogBehind(long kept, long known);

    [LoggerMessage(EventName = "models_listed", Level = LogLevel.Information,
        Message = "The upstream {Provider} lists {Count} models; GET /admin/v1/catalog shows those on offer, GET /admin/v1/providers those that have no price (unpriced)")]
    private partial void LogListed(string provider, int count);
}

/// <summary>What is stored for the catalog.</summary>
internal sealed record CatalogState
{
    public CatalogInputs Inputs { get; init; } = new() { Revision = 1 };

    /// <summary>Every price that an operator set, and what it took the place of.</summary>
    public ImmutableArray<CitedPrice> Cited { get; init; } = [];
}
