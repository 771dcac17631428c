using System.Collections.Immutable;
using System.Globalization;

namespace OrleansGateway;

/// <summary>What <c>auto</c> stands for: the first of the policy's rules that applies, or else the cheapest models that can do the task.</summary>
internal static class AutoRules
{
    public const string Name = "auto";

    /// <summary>Models that the gateway picks: one, and two for when it fails. The hold is for the dearest, so there are no more.</summary>
    private const int Picked = 3;

    /// <summary>The route; none when the request may use no model at all.</summary>
    public static Route Choose(RouteQuestion question)
    {
        var rules = question.Policy.Models.Auto;
        foreach (var rule in rules.IsDefault ? [] : rules)
        {
            if (!Applies(question, rule)) continue;
            var models = rule.Use.IsDefaultOrEmpty
                ? Pick(question, rule.Tier ?? TierOf(question.Request.Task), rule.Capabilities)
                : [.. rule.Use.Select(question.Usable).OfType<CatalogModel>()];
            if (!models.IsEmpty) return new Route(models) { Why = $"auto:{Condition(rule)}" };
        }
        return new Route(Pick(question, TierOf(question.Request.Task), default))
        {
            Why = TaskTiers.ContainsKey(question.Request.Task ?? "") ? $"auto:task={question.Request.Task}" : "auto:default",
        };
    }

    /// <summary>The models that a caller may name, and <c>auto</c> among them when there is one that it may stand for.</summary>
    public static IEnumerable<CatalogModel> Listed(IReadOnlyCollection<CatalogModel> models)
    {
        var chat = models.Where(model => model.Kind == ModelKind.Chat).ToList();
        return chat.Count == 0 || models.Any(model => model.Id == Name) ? models : models.Append(new CatalogModel
        {
            Id = Name,
            OwnedBy = "gateway",
            Offers = [],
            ContextTokens = chat.Max(model => model.ContextTokens),
            MaxOutputTokens = chat.Max(model => model.MaxOutputTokens),
            Prices = [],
        });
    }

    /// <summary>What tasks need when no rule says so; any other needs the standard tier.</summary>
    public static ImmutableSortedDictionary<string, ModelTier> TaskTiers { get; } = new Dictionary<string, ModelTier>
    {
        ["bulk"] = ModelTier.Economy,
        ["classify"] = ModelTier.Economy,
        ["extract"] = ModelTier.Economy,
        ["summarize"] = ModelTier.Economy,
        ["translate"] = ModelTier.Economy,
        ["analysis"] = ModelTier.Premium,
        ["code"] = ModelTier.Premium,
        ["reasoning"] = ModelTier.Premium,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static ModelTier TierOf(string? task) => task is not null && TaskTiers.TryGetValue(task, out var tier) ? tier : ModelTier.Standard;

    private static bool Applies(RouteQuestion question, AutoRule rule) =>
        (rule.Task is null || rule.Task == question.Request.Task)
        && (rule.InputAbove is null || question.LikelyInput > rule.InputAbove)
        && (rule.Budget is not { } budget || question.IsAbove(budget.Window, budget.Scope, budget.Above));

    /// <summary>
    /// The cheapest for this request among those that callers may name, of the tier or above, that can do what is needed and have room; when there is none, the
    /// nearest tier below, and when none has room, the roomiest.
    /// </summary>
    private static ImmutableArray<CatalogModel> Pick(RouteQuestion question, ModelTier tier, ImmutableArray<ModelCapability> capabilities)
    {
        var able = question.Catalog.Models.Values
            .Where(model => model.Kind == question.Request.Api.Kind() && question.Nameable(model.Id) is not null
                && question.Misfit(model) is null && Can(question, model, capabilities))
            .ToList();
        if (able.Exists(model => HasRoom(question, model))) able.RemoveAll(model => !HasRoom(question, model));
        else able = [.. able.OrderByDescending(model => model.ContextTokens).Take(1)];
        return [.. able
            .OrderBy(model => Math.Max(0, tier - model.Tier))
            .ThenBy(model => Hop.Of(model, question.Request.Api, question.At).Min(hop => hop.LikelyCost(question.Request)))
            .ThenBy(model => model.Id, StringComparer.Ordinal)
            .Take(Picked)];
    }

    private static bool Can(RouteQuestion question, CatalogModel model, ImmutableArray<ModelCapability> capabilities) =>
        (question.Request.Images == 0 || Has(model, ModelCapability.Vision)) && (capabilities.IsDefault || capabilities.All(capability => Has(model, capability)));

    private static bool Has(CatalogModel model, ModelCapability capability) => !model.Capabilities.IsDefault && model.Capabilities.Contains(capability);

    // Twice what is likely: some text has two bytes a token.
    private static bool HasRoom(RouteQuestion question, CatalogModel model) =>
        question.Request.UnboundedInput
        || (2 * question.LikelyInput) + (question.Request.OutputTokens ?? 0) + (question.Request.Images * (long)model.MaxTokensPerImage) <= model.ContextTokens;

    private static string Condition(AutoRule rule)
    {
        var conditions = new List<string>();
        if (rule.Task is { } task) conditions.Add($"task={task}");
        if (rule.InputAbove is { } input) conditions.Add($"input>{input.ToString(CultureInfo.InvariantCulture)}");
        if (rule.Budget is { } budget) conditions.Add(DegradeRules.State(budget.Window, budget.Scope, budget.Above));
        return conditions.Count == 0 ? "rule" : string.Join('+', conditions);
    }
}
