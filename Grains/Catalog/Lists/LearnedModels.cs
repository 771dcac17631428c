using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// What upstreams list, joined with the price list. A listed name that the price list knows is a model of that name. Where an upstream lists a model by
/// another name only, it is offered by its own, and the upstream's name becomes an alias.
/// </summary>
internal sealed class LearnedModels
{
    private readonly Dictionary<string, ListedModel> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Model, string Provider), string> _upstreamNames = [];
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private readonly List<(string Provider, string Name)> _unknown = [];

    /// <param name="prices">The price list.</param>
    /// <param name="listed">By provider the model ids it lists.</param>
    public LearnedModels(PriceList prices, ImmutableDictionary<string, ImmutableArray<string>> listed)
    {
        foreach (var (provider, names) in listed.OrderBy(list => list.Key, StringComparer.Ordinal))
        {
            var all = names.ToHashSet(StringComparer.Ordinal);
            foreach (var name in names)
            {
                if (prices.Find(name) is not { } model) _unknown.Add((provider, name));
                else if (name != model.Id && !all.Contains(model.Id) && model.Names.First(all.Contains) == name) Offer(model, model.Id, provider, name);
                else Offer(model, name, provider, name);
            }
        }
    }

    /// <summary>Models by the id that callers write.</summary>
    public IReadOnlyDictionary<string, ListedModel> Models => _models;

    /// <summary>Upstreams' names for models that have another one here.</summary>
    public IReadOnlyDictionary<string, string> Aliases => _aliases;

    /// <summary>Listed names that the price list does not know.</summary>
    public IReadOnlyList<(string Provider, string Name)> Unknown => _unknown;

    /// <summary>What a provider calls a model that it lists; null when it does not.</summary>
    public string? NameAt(string provider, string model) => _upstreamNames.GetValueOrDefault((model, provider));

    /// <summary>The providers that list a model.</summary>
    public IEnumerable<string> ProvidersOf(string model) => _upstreamNames.Keys.Where(key => key.Model == model).Select(key => key.Provider);

    private void Offer(ListedModel model, string id, string provider, string name)
    {
        _models[id] = model;
        _upstreamNames[(id, provider)] = name;
        if (name != id) _aliases[name] = id;
    }
}
