namespace OrleansGateway;

/// <summary>What is wrong with the models and aliases of the configuration, as soon as it is known who may serve them.</summary>
internal static class CatalogSettings
{
    public static IEnumerable<string> FaultsOf(CatalogRecipe recipe)
    {
        var catalog = recipe.Build(CatalogInputs.None);
        foreach (var model in catalog.Models.Values)
            foreach (var offer in model.Offers.Where(offer => !recipe.Providers.Providers.ContainsKey(offer.Provider)))
                yield return $"{CatalogOptions.Section}:Models:{model.Id}: the provider '{offer.Provider}' that should serve it is not configured";
        foreach (var (name, target) in catalog.Aliases)
        {
            foreach (var id in ModelCatalog.IdsOf(target).Where(id => !catalog.Models.ContainsKey(id)))
                yield return $"{CatalogOptions.Section}:Aliases:{name}: there is no model '{id}'";
            if (RoutingRules.AliasFault(name, catalog) is { } fault) yield return $"{CatalogOptions.Section}:Aliases:{name}: {fault}";
        }
    }
}
