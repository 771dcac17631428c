using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Keeps what the catalog is made of besides each silo's configuration: the operator's entries and the models that upstreams list. One for the cluster,
/// key 0. Silos ask every second, and each makes the catalog for itself.
/// </summary>
[GrainInterfaceType("catalog-keeper"), Alias("catalog-keeper")]
public interface ICatalogKeeperGrain : IGrainWithIntegerKey
{
    /// <summary>What is new since a revision.</summary>
    /// <param name="revision">The one that the silo has; 0 for none.</param>
    [Alias("news")]
    Task<CatalogNews> News(long revision);

    /// <summary>The catalog that all silos have in two seconds at the latest.</summary>
    [Alias("current")]
    Task<ModelCatalog> Current();

    /// <summary>
    /// Replaces the operator's entries. <see cref="AdminOutcome{T}.Conflict"/> when the catalog in force has another version than the one given (null:
    /// whatever it is), <see cref="AdminOutcome{T}.Invalid"/> with every fault.
    /// </summary>
    [Alias("replace")]
    Task<AdminOutcome<ModelCatalog>> Replace(CatalogEntries entries, string? ifVersion);

    /// <summary>Takes note of what an upstream lists, in place of what it listed before. Idempotent.</summary>
    /// <param name="listed">Model ids by provider.</param>
    [Alias("learn")]
    Task Learn(ImmutableDictionary<string, ImmutableArray<string>> listed);
}

/// <summary>What a silo is told.</summary>
/// <param name="Inputs">The newest inputs; null when the silo has them.</param>
/// <param name="ReadLists">Whether this silo is the one to read the upstreams' lists now.</param>
[GenerateSerializer, Immutable, Alias("catalog-news")]
public sealed record CatalogNews([property: Id(0)] CatalogInputs? Inputs, [property: Id(1)] bool ReadLists);

/// <summary>What the catalog is made of besides configuration.</summary>
[GenerateSerializer, Immutable, Alias("catalog-inputs")]
public sealed record CatalogInputs
{
    /// <summary>Nothing kept yet.</summary>
    public static readonly CatalogInputs None = new() { Revision = 0 };

    /// <summary>Counts the changes from 1.</summary>
    [Id(0)] public required long Revision { get; init; }

    /// <summary>What the operator set.</summary>
    [Id(1)] public CatalogEntries Operator { get; init; } = new();

    /// <summary>By provider, the model ids it lists.</summary>
    [Id(2)] public ImmutableDictionary<string, ImmutableArray<string>> Listed { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;
}

/// <summary>Entries of the catalog that come before what configuration and upstreams say.</summary>
[GenerateSerializer, Immutable, Alias("catalog-entries")]
public sealed record CatalogEntries
{
    /// <summary>Models, each in place of any other of its id.</summary>
    [Id(0)] public ImmutableArray<CatalogModel> Models { get; init; } = [];

    /// <summary>Further names for models, each in place of any other meaning it has.</summary>
    [Id(1)] public ImmutableDictionary<string, string> Aliases { get; init; } = ImmutableDictionary<string, string>.Empty;
}
