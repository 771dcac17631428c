using System.Collections.Immutable;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>What makes an operator's catalog entries wrong. Every fault is found at once; paths are those of the control plane's JSON.</summary>
internal static class CatalogRules
{
    /// <summary>Models that an operator may set.</summary>
    public const int MaxModels = 2_000;

    private const int MaxNameLength = 200;
    private static readonly Money DearestRate = Money.FromUsd(RateOptions.Most);

    /// <summary>The faults; empty when the entries may be kept.</summary>
    /// <param name="entries">What the operator wants.</param>
    /// <param name="current">The catalog in force.</param>
    /// <param name="without">The catalog without any operator's entries.</param>
    /// <param name="cited">Prices that were in force before.</param>
    /// <param name="providers">Who may serve models.</param>
    public static ImmutableArray<PolicyFault> Check(
        CatalogEntries entries, ModelCatalog current, ModelCatalog without, ImmutableArray<CitedPrice> cited, ProvidersOptions providers)
    {
        // What is in force counts first: it can always be written back.
        var known = new CitedPrices().Add(current.Models.Values).Add(current.Withdrawn).Add(cited).Add(without.Models.Values);
        var faults = new List<PolicyFault>();
        if (entries.Models.Length > MaxModels) faults.Add(new("models", $"Must be at most {MaxModels}."));
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Models.Length; i++)
        {
            var model = entries.Models[i];
            var path = $"models[{i}]";
            if (!ids.Add(model.Id)) faults.Add(new(path + ".id", $"{model.Id} stands there already."));
            CheckModel(model, path, providers, faults);
            CheckHistory(model, known, path, faults);
        }
        foreach (var (alias, target) in entries.Aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal))
            CheckAlias(alias, target, ids, current, without, faults);
        return [.. faults];
    }

    /// <summary>The entries without those that say what is in force anyway: kept, they would hide what configuration and upstreams say later.</summary>
    /// <param name="entries">What the operator wants.</param>
    /// <param name="without">The catalog without any operator's entries.</param>
    public static CatalogEntries WithoutRepetitions(CatalogEntries entries, ModelCatalog without) => new()
    {
        Models = [.. entries.Models.Where(model => without.Models.GetValueOrDefault(model.Id) is not { } other || !IsSame(model, other))],
        Aliases = entries.Aliases.Where(alias => without.Aliases.GetValueOrDefault(alias.Key) != alias.Value).ToImmutableDictionary(StringComparer.Ordinal),
    };

    /// <summary>Whether a model, or a price, may be called so.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && name.All(c => c is > ' ' and <= '~' and not '*');

    private static bool IsSame(CatalogModel one, CatalogModel other) =>
        JsonSerializer.Serialize(one, CatalogText.Default.CatalogModel) == JsonSerializer.Serialize(other, CatalogText.Default.CatalogModel);

    private static void CheckModel(CatalogModel model, string path, ProvidersOptions providers, List<PolicyFault> faults)
    {
        CheckName(model.Id, path + ".id", faults);
        if (model.ContextTokens is < 1 or > ModelOptions.MostContext) faults.Add(new(path + ".contextTokens", $"Must be between 1 and {ModelOptions.MostContext}."));
        if (model.MaxOutputTokens is < 0 or > ModelOptions.MostOutput) faults.Add(new(path + ".maxOutputTokens", $"Must be between 0 and {ModelOptions.MostOutput}."));
        if (model.MaxTokensPerImage < 0) faults.Add(new(path + ".maxTokensPerImage", "Must be at least 0."));
        if (model is { Kind: ModelKind.Embeddings, Reasoning: true }) faults.Add(new(path + ".reasoning", "Embeddings have no output to reason in."));
        if (model.Prices.IsDefaultOrEmpty) faults.Add(new(path + ".prices", "Must be at least one: a model without a price is never served."));
        else CheckPrices(model, model.Prices, path + ".prices", faults);
        CheckOffers(model, path + ".offers", providers, faults);
    }

    private static void CheckOffers(CatalogModel model, string path, ProvidersOptions providers, List<PolicyFault> faults)
    {
        if (model.Offers.IsDefaultOrEmpty)
        {
            faults.Add(new(path, $"Must name at least one provider that serves the model: {string.Join(", ", providers.Providers.Keys.Order(StringComparer.Ordinal))}."));
            return;
        }
        for (var i = 0; i < model.Offers.Length; i++)
        {
            var (offer, at) = (model.Offers[i], $"{path}[{i}]");
            if (!providers.Providers.ContainsKey(offer.Provider))
                faults.Add(new(at + ".provider",
                    $"No provider {offer.Provider} is configured; there are {string.Join(", ", providers.Providers.Keys.Order(StringComparer.Ordinal))}."));
            else if (model.Offers.Take(i).Any(other => other.Provider == offer.Provider)) faults.Add(new(at + ".provider", $"{offer.Provider} stands there already."));
            CheckName(offer.UpstreamModel, at + ".upstreamModel", faults);
            if (offer.Priority is < 0 or > OfferOptions.MostPriority) faults.Add(new(at + ".priority", $"Must be between 0 and {OfferOptions.MostPriority}."));
            if (offer.Weight is < 0 or > OfferOptions.MostWeight) faults.Add(new(at + ".weight", $"Must be between 0 and {OfferOptions.MostWeight}."));
            if (!offer.Apis.IsDefault && offer.Apis.Any(api => api.Kind() != model.Kind))
                faults.Add(new(at + ".apis", $"Must be APIs of {model.Kind.ToString().ToLowerInvariant()}."));
            if (!offer.Prices.IsDefaultOrEmpty) CheckPrices(model, offer.Prices, at + ".prices", faults);
        }
    }

    private static void CheckPrices(CatalogModel model, ImmutableArray<PriceCard> cards, string path, List<PolicyFault> faults)
    {
        for (var i = 0; i < cards.Length; i++)
        {
            var (card, at) = (cards[i], $"{path}[{i}]");
            CheckName(card.Version, at + ".version", faults);
            if (cards.Take(i).Any(other => other.Version == card.Version)) faults.Add(new(at + ".version", $"An earlier price is called {card.Version} too."));
            if (i > 0 && card.EffectiveFrom <= cards[i - 1].EffectiveFrom) faults.Add(new(at + ".effectiveFrom", "Must be later than that of the price before it."));
            CheckRates(model, at, faults, card.InputUsdPerMillion, card.OutputUsdPerMillion, card.CachedInputUsdPerMillion, card.CacheWriteUsdPerMillion,
                card.LongCacheWriteUsdPerMillion, card.AudioInputUsdPerMillion, card.ImageInputUsdPerMillion, card.AudioOutputUsdPerMillion);
            CheckTiers(model, card, at + ".tiers", faults);
        }
    }

    private static void CheckTiers(CatalogModel model, PriceCard card, string path, List<PolicyFault> faults)
    {
        if (card.Tiers.IsDefaultOrEmpty) return;
        for (var i = 0; i < card.Tiers.Length; i++)
        {
            var (tier, at) = (card.Tiers[i], $"{path}[{i}]");
            if (tier.AboveInputTokens < 1 || tier.AboveInputTokens >= model.ContextTokens)
                faults.Add(new(at + ".aboveInputTokens", $"Must be between 1 and below contextTokens, {model.ContextTokens}."));
            else if (i > 0 && tier.AboveInputTokens <= card.Tiers[i - 1].AboveInputTokens) faults.Add(new(at + ".aboveInputTokens", "Must be above that of the tier before it."));
            CheckRates(model, at, faults, tier.InputUsdPerMillion, tier.OutputUsdPerMillion, tier.CachedInputUsdPerMillion, tier.CacheWriteUsdPerMillion,
                tier.LongCacheWriteUsdPerMillion, tier.AudioInputUsdPerMillion, tier.ImageInputUsdPerMillion, tier.AudioOutputUsdPerMillion);
        }
    }

    private static void CheckRates(CatalogModel model, string path, List<PolicyFault> faults, Money input, Money output, params ReadOnlySpan<Money?> others)
    {
        var outOfRange = !IsRate(input) || !IsRate(output);
        foreach (var rate in others) outOfRange |= rate is { } told && !IsRate(told);
        if (outOfRange) faults.Add(new(path, $"Every price must be between 0 and {RateOptions.Most} US dollars per million tokens."));
        if (model.Kind == ModelKind.Embeddings && output != Money.Zero) faults.Add(new(path + ".outputUsdPerMillion", "Embeddings have no output to price; give 0."));
    }

    private static bool IsRate(Money rate) => !rate.IsNegative && rate <= DearestRate;

    /// <summary>What postings cite by a price's version must mean the same for ever.</summary>
    private static void CheckHistory(CatalogModel model, CitedPrices known, string path, List<PolicyFault> faults)
    {
        // Offers without prices of their own have the model's.
        foreach (var wrong in CitedPrices.Of(model).Where(priced => known.Find(priced.Price) is { } meant && !IsSame(priced.Price.Card, meant)).DistinctBy(priced => priced.Path))
        {
            faults.Add(new($"{path}.{wrong.Path}.version",
                $"Postings may cite {wrong.Price.Card.Version} already, with other numbers: give this price a version of its own, and its effectiveFrom."));
        }
    }

    private static bool IsSame(PriceCard one, PriceCard other) =>
        JsonSerializer.Serialize(one, CatalogText.Default.PriceCard) == JsonSerializer.Serialize(other, CatalogText.Default.PriceCard);

    // The models after the change are the operator's and those of the catalog without any.
    private static void CheckAlias(string alias, string target, HashSet<string> ids, ModelCatalog current, ModelCatalog without, List<PolicyFault> faults)
    {
        var path = $"aliases['{alias}']";
        if (RoutingRules.AliasFault(alias, without) is { } fault) faults.Add(new(path, fault));
        else if (ids.Contains(alias)) faults.Add(new(path, $"{alias} is a model's id, and stands for that model."));
        var stands = current.Aliases.GetValueOrDefault(alias) == target;
        foreach (var id in ModelCatalog.IdsOf(target))
        {
            if (ids.Contains(id) || without.Models.ContainsKey(id)) continue;
            // One that leads nowhere already may be written back.
            var goes = current.Models.ContainsKey(id) || current.Withdrawn.Any(model => model.Id == id);
            if (!stands || goes) faults.Add(new(path, $"The catalog has no model {id} after this change."));
        }
    }

    private static void CheckName(string name, string path, List<PolicyFault> faults)
    {
        if (!IsName(name)) faults.Add(new(path, $"Must be 1–{MaxNameLength} visible ASCII characters, without *."));
    }
}
