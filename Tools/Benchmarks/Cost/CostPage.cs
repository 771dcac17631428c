using System.Globalization;
using System.Text;

namespace OrleansGateway.Benchmarks;

/// <summary>Writes <c>docs/cost.md</c>: what <c>auto</c> saves beside one model for everything, at the prices that the gateway ships.</summary>
public static class CostPage
{
    /// <summary>The command that prints it.</summary>
    public const string Usage = "dotnet run -c Release --project Tools/Benchmarks -- cost > docs/cost.md";

    private const string Baseline = "gpt-4.1";
    private const double Claim = 0.82;

    private static readonly double[] Shares = [0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 1];

    /// <summary>The page; the same whenever it is written, until prices, routing or the workload change.</summary>
    public static string Write()
    {
        var page = new StringBuilder();
        page.Append("# What routing saves\n\n")
            .Append("Written by `").Append(Usage).Append("`; a test compares this page with what it prints. ")
            .Append("Each day is replayed through the gateway's own admission, routing, price cards and postings, against the list prices of the\n")
            .Append("[catalog it ships](operations.md#prices). Every request is answered by the first target of its plan.\n\n")
            .Append("## The day\n\n");
        var day = DayOfWork.Requests(0.5, 0).ToList();
        page.Append(CultureInfo.InvariantCulture,
            $"{DayOfWork.Tokens / 1_000_000} million tokens, three of four of them input. Half bulk, that is {day.Count:N0} requests: "
            + $"{day.Count(item => item.Task is not null):N0} with `x-gateway-task: bulk` (on average {Average(day, "bulk"):N0} tokens) "
            + $"and {day.Count(item => item.Task is null):N0} without (on average {Average(day, null):N0}). ")
            .Append("Nothing is cached. The tenant has no rules for `auto`:\n")
            .Append("`bulk` is the economy tier's, whose cheapest model is `deepseek-v3.2`; what says nothing is the standard tier's, `gpt-4.1`; ")
            .Append("`code` is the premium tier's, `claude-sonnet-4.5`.\n\n");

        var baseline = DayReplay.Of(DayOfWork.Requests(0.5, 0), Baseline).Cost;
        page.Append("## Bulk work alone\n\n")
            .Append("| bulk, of all tokens | all `gpt-4.1` | `auto` | saved | tokens by model |\n| ---: | ---: | ---: | ---: | --- |\n");
        foreach (var share in Shares) Row(page, Percent(share, 0), share, hard: 0, null);
        var needed = ShareFor(Claim, 0);
        page.Append(CultureInfo.InvariantCulture,
            $"\nA saving of {Percent(Claim, 0)} takes a bulk share of **{(needed is { } found ? Percent(found, 1) : "more than all there is")}**.\n\n");

        page.Append("## With hard work beside it\n\n")
            .Append("What callers mark as hard goes to the premium tier, which costs more than `gpt-4.1`:\n\n")
            .Append("| bulk / hard | all `gpt-4.1` | `auto` | saved | tokens by model |\n| ---: | ---: | ---: | ---: | --- |\n");
        foreach (var (bulk, hard) in new[] { (0.5, 0.1), (0.5, 0.25), (0.8, 0.1), (0.9, 0.05), (0, 0.25) }) Row(page, $"{Percent(bulk, 0)} / {Percent(hard, 0)}", bulk, hard, null);
        page.Append(CultureInfo.InvariantCulture,
            $"\nWith 5 % hard work, a saving of {Percent(Claim, 0)} takes a bulk share of "
            + $"{(ShareFor(Claim, 0.05) is { } withHard ? Percent(withHard, 1) : "more than the rest of the day")}.\n\n");

        var limit = new Money(baseline.NanoDollars / 2);
        var degrading = new ModelAccess { Degrade = [new DegradeRule { Window = BudgetWindow.Day, Above = 0.8m, Use = "deepseek-v3.2" }] };
        page.Append("## With a soft budget for the day\n\n")
            .Append(CultureInfo.InvariantCulture, $"The same days with a soft budget of ${Usd(limit)}, half of what `gpt-4.1` alone costs, ")
            .Append("and `\"degrade\": [{ \"window\": \"day\", \"above\": 0.8, \"use\": \"deepseek-v3.2\" }]`:\n\n")
            .Append("| bulk, of all tokens | all `gpt-4.1` | `auto`, degrading | saved | tokens by model |\n| ---: | ---: | ---: | ---: | --- |\n");
        foreach (var share in new[] { 0, 0.25, 0.5 }) Row(page, Percent(share, 0), share, hard: 0, (degrading, limit));

        page.Append("\n## What to make of it\n\n")
            .Append(CultureInfo.InvariantCulture,
                $"* A claim of {Percent(Claim, 0)} holds for work nearly all of which a cheap model can do"
                + $"{(needed is { } n ? $": {Percent(n, 0)} of the tokens and more" : "")}. "
                + $"At half bulk the saving is {Percent(Saved(0.5, 0), 0)}, at 80 % it is {Percent(Saved(0.8, 0), 0)}; ")
            .Append("without bulk work there is none, and hard work costs more.\n")
            .Append(CultureInfo.InvariantCulture, $"* The most that there is to save, all work being bulk, is {Percent(Saved(1, 0), 1)}: ")
            .Append("the price of `deepseek-v3.2` beside that of `gpt-4.1` for this share of input and output.\n")
            .Append("* Callers decide what is bulk, by a header, or the operator by rules. ")
            .Append("The gateway does not look into prompts, and nothing here says that the answers are as good.\n")
            .Append("* Not counted: prices that upstreams take for cached input (they make `gpt-4.1` cheaper: a quarter of its input price), ")
            .Append("retries, fallbacks, and tokenizers that count the same text differently.\n")
            .Append("* Degrading saves by answering the rest of the day with the cheap model, whatever it was asked: ")
            .Append("that is a brake for a day that runs away, not a saving to plan with.\n");
        return page.ToString();
    }

    private static void Row(StringBuilder page, string label, double bulk, double hard, (ModelAccess Models, Money Limit)? degrading)
    {
        var all = DayReplay.Of(DayOfWork.Requests(bulk, hard), Baseline);
        var auto = DayReplay.Of(DayOfWork.Requests(bulk, hard), "auto", degrading?.Models, degrading?.Limit);
        var tokens = (double)auto.Models.Values.Sum(model => model.Tokens);
        page.Append(CultureInfo.InvariantCulture, $"| {label} | ${Usd(all.Cost)} | ${Usd(auto.Cost)} | {Percent(1 - Ratio(auto.Cost, all.Cost), 1)} | ")
            .AppendJoin(", ", auto.Models.OrderByDescending(model => model.Value.Tokens).ThenBy(model => model.Key, StringComparer.Ordinal)
                .Select(model => $"`{model.Key}` {Percent(model.Value.Tokens / tokens, 0)}"))
            .Append(" |\n");
    }

    /// <summary>The least bulk share that saves so much, to a thousandth; null when none does.</summary>
    private static double? ShareFor(double saving, double hard)
    {
        var (low, high) = (0, (int)Math.Round(1_000 * (1 - hard)));
        if (Saved(high / 1_000d, hard) < saving) return null;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Saved(middle / 1_000d, hard) < saving) low = middle + 1;
            else high = middle;
        }
        return low / 1_000d;
    }

    private static double Saved(double bulk, double hard) =>
        1 - Ratio(DayReplay.Of(DayOfWork.Requests(bulk, hard), "auto").Cost, DayReplay.Of(DayOfWork.Requests(bulk, hard), Baseline).Cost);

    private static double Ratio(Money one, Money other) => (double)one.NanoDollars / other.NanoDollars;

    private static double Average(List<WorkItem> day, string? task) => day.Where(item => item.Task == task).Average(item => item.InputTokens + item.OutputTokens);

    private static string Percent(double share, int decimals) => (100 * share).ToString($"F{decimals}", CultureInfo.InvariantCulture) + " %";

    private static string Usd(Money amount) => amount.Usd.ToString("F2", CultureInfo.InvariantCulture);
}
