using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace OrleansGateway.Admin;

/// <summary>Fields of a catalog's model that show its first offer and set nothing: they may be written back, and are refused when they would have to change something.</summary>
internal static class ShownFields
{
    /// <summary>What the document wants of them in vain.</summary>
    /// <param name="document">As it was written.</param>
    /// <param name="models">What it says of models.</param>
    /// <param name="current">The catalog in force.</param>
    public static IReadOnlyCollection<PolicyFault> Faults(JsonObject document, ImmutableArray<CatalogModel> models, ModelCatalog current)
    {
        var faults = new List<PolicyFault>();
        var inForce = current.Models.Values.Concat(current.Withdrawn).ToDictionary(model => model.Id, model => model.Offers.FirstOrDefault());
        for (var i = 0; i < models.Length; i++)
        {
            var (asked, known) = (models[i].Offers.FirstOrDefault(), inForce.GetValueOrDefault(models[i].Id));
            Check(i, "provider", asked?.Provider, known?.Provider);
            Check(i, "upstreamModel", asked?.UpstreamModel, known?.UpstreamModel);
        }
        return faults;

        void Check(int i, string name, string? asked, string? known)
        {
            if (document["models"]![i]![name]?.GetValue<string>() is { } told && told != asked && told != known)
                faults.Add(new PolicyFault($"models[{i}].{name}", $"Shows the first offer's and changes nothing: set offers[0].{name}, and leave this out."));
        }
    }
}
