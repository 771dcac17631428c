using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>What models cost at their makers, how long their prompts and answers may be, and what upstreams call them; shipped as <c>prices.json</c>.</summary>
internal sealed class PriceList
{
    private static readonly Lazy<PriceList> ShippedList = new(Read);

    // Not by generated code: that gives init properties that are not told their type's default in place of their own.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        PropertyNameCaseInsensitive = false,
    };

    private readonly FrozenDictionary<string, ListedModel> _byName;

    private PriceList(IReadOnlyList<ListedModel> models)
    {
        Models = models;
        _byName = models.SelectMany(model => model.Names, (model, name) => (model, name)).ToFrozenDictionary(entry => entry.name, entry => entry.model, StringComparer.Ordinal);
    }

    /// <summary>The list of this release.</summary>
    public static PriceList Shipped => ShippedList.Value;

    /// <summary>All models, each once.</summary>
    public IReadOnlyList<ListedModel> Models { get; }

    /// <summary>The model of that id, or that some upstream calls so; null when there is none.</summary>
    public ListedModel? Find(string name) => _byName.GetValueOrDefault(name);

    private static PriceList Read()
    {
        using var file = typeof(PriceList).Assembly.GetManifestResourceStream("prices.json") ?? throw new InvalidOperationException("The price list is missing from the assembly.");
        return new PriceList(JsonSerializer.Deserialize<PriceListFile>(file, Json)!.Models);
    }
}

/// <summary>One model of the price list.</summary>
/// <param name="Id">Its name in the catalog.</param>
/// <param name="Model">What it is and costs.</param>
/// <param name="Aka">What upstreams call it besides.</param>
/// <param name="Default">Whether the gateway offers it though nobody lists it.</param>
internal sealed record ListedModel(string Id, ModelOptions Model, IReadOnlyList<string>? Aka = null, bool Default = false)
{
    /// <summary>Its id, and what upstreams call it besides.</summary>
    public IEnumerable<string> Names => [Id, .. Aka ?? []];
}

/// <summary>The file.</summary>
internal sealed record PriceListFile(string Note, IReadOnlyList<ListedModel> Models);
