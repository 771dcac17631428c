using System.Globalization;

namespace OrleansGateway;

/// <summary>Puts a cheaper model in place of what was asked for while a budget is nearly spent.</summary>
internal static class DegradeRules
{
    /// <summary>The route, or the one of the rule with the largest share that the budgets have passed. A model that cannot serve the request stands in for none.</summary>
    public static Route Apply(RouteQuestion question, Route route)
    {
        var rules = question.Policy.Models.Degrade;
        if (rules.IsDefaultOrEmpty) return route;

        DegradeRule? rule = null;
        foreach (var candidate in rules)
            if (!(rule?.Above >= candidate.Above) && question.IsAbove(candidate.Window, candidate.Scope, candidate.Above)) rule = candidate;
        return rule is null || rule.Use == route.Models[0].Id || question.Usable(rule.Use) is not { } model || question.Misfit(model) is not null
            ? route
            : new Route(question.WithFallbacks([model])) { Asked = route.Asked, Why = $"degrade:{State(rule.Window, rule.Scope, rule.Above)}" };
    }

    /// <summary>A budget's state in short: <c>day>0.8</c>, <c>key:month>0.5</c>.</summary>
    public static string State(BudgetWindow window, BudgetScope scope, decimal above) => string.Create(
        CultureInfo.InvariantCulture, $"{scope switch { BudgetScope.Key => "key:", BudgetScope.User => "user:", _ => "" }}{window}>{above}");
}
