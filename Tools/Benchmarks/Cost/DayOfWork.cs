namespace OrleansGateway.Benchmarks;

/// <summary>One request of the day: what it is for, what it reads and writes, and the most that it lets the model write.</summary>
internal readonly record struct WorkItem(string? Task, int Bytes, int InputTokens, int OutputTokens, int OutputLimit);

/// <summary>
/// A mid-size product's day of ten million tokens, three quarters of them input, the same in every run: bulk work (classifying, extracting, summarizing) in long
/// prompts with short answers, and what people wait for, in shorter prompts with longer answers. A share of the latter may be hard (code, analysis).
/// </summary>
internal static class DayOfWork
{
    /// <summary>Tokens of the day.</summary>
    public const long Tokens = 10_000_000;

    private const int Seed = 20260115;

    /// <summary>Usual text; only the bytes are known to the gateway before the call.</summary>
    private const int BytesPerToken = 4;

    /// <summary>The day's requests in the order in which they come.</summary>
    /// <param name="bulk">The share of the tokens that is bulk work, from 0 to 1.</param>
    /// <param name="hard">The share of the tokens that is hard work.</param>
    public static IEnumerable<WorkItem> Requests(double bulk, double hard)
    {
        var random = new Random(Seed);
        double spent = 0, spentBulk = 0, spentHard = 0;
        while (spent < Tokens)
        {
            // Whatever lags behind its share comes next, so that every day has its shares to the request.
            var task = spentBulk < bulk * spent || (spent == 0 && bulk > 0) ? "bulk" : spentHard < hard * spent ? "code" : null;
            if (task is null && bulk + hard >= 1) task = bulk > 0 ? "bulk" : "code";
            // The same three parts of input to one of output for all kinds: then a share of the tokens is a share of either.
            var total = (int)((task == "bulk" ? 2_400 : 1_200) * (0.25 + (1.5 * random.NextDouble())));
            var output = total / 4;
            var input = total - output;
            spent += total;
            if (task == "bulk") spentBulk += total;
            if (task == "code") spentHard += total;
            yield return new WorkItem(task, input * BytesPerToken, input, output, 2 * output);
        }
    }
}
