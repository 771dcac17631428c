namespace OrleansGateway.Soak;

/// <summary>Draws calls of every kind there is: routes, streams, models with fallbacks, upstreams that behave and that do not.</summary>
internal sealed class CallMix(Random random)
{
    // The short form takes no script, and embeddings are no stream.
    private static readonly string[] Scriptable = [CallPlan.Chat, CallPlan.Responses, CallPlan.Messages];

    private static readonly string[] Models = ["gpt-4.1", "claude-sonnet-4.5", "gemini-2.5-flash", "deepseek-v3.2"];

    // Slow enough that many are under way at any moment.
    private static readonly string[] Healthy =
    [
        """{"latencyMs":20,"outputTokens":12,"chunkDelayMs":3}""",
        """{"latencyMs":5,"outputTokens":30,"chunkDelayMs":8}""",
        """{"outputTokens":6}""",
        """{"latencyMs":60,"outputTokens":20,"cachedTokens":6,"reasoningTokens":7}""",
        """{"outputTokens":9,"usage":"cumulative","chunkDelayMs":2}""",
        """{"outputTokens":9,"usage":"twice"}""",
        """{"outputTokens":8,"usage":"inputOutputSpelling"}""",
    ];

    private static readonly string[] Odd =
    [
        """{"outputTokens":10,"usage":"missing","chunkDelayMs":2}""",
        """{"outputTokens":10,"usage":"negative"}""",
        """{"outputTokens":10,"usage":"fractional"}""",
        """{"status":500}""",
        """{"status":429,"retryAfter":"1"}""",
        """{"status":400}""",
        """{"closeBeforeHeaders":true}""",
        """{"closeBeforeHeaders":true,"billAnyway":true}""",
        """{"outputTokens":20,"chunkDelayMs":5,"cutAfterChunks":6}""",
        """{"outputTokens":20,"chunkDelayMs":5,"cleanEndAfterChunks":9}""",
        """{"outputTokens":20,"errorEventAt":9}""",
        """{"outputTokens":20,"cutAfterBytes":120}""",
        """{"outputTokens":10,"errorIn200":true}""",
        """{"outputTokens":10,"truncatedJson":true}""",
    ];

    private static readonly string[] Lying =
    [
        """{"outputTokens":10,"usage":"huge"}""",
        // Some providers leave reasoning out of the output and in the total: a total above the sum is charged.
        """{"outputTokens":10,"usage":"wrongSum"}""",
    ];

    private int _number;

    /// <summary>The next call: two in three go well, unless the upstream has scripts of its own for those that carry none; one in three carries a key.</summary>
    public CallPlan Next()
    {
        var plan = Draw();
        // Whether it has a key depends on nothing else that is drawn.
        return plan with { Keyed = plan.Number % 3 == 0 };
    }

    private CallPlan Draw()
    {
        var number = ++_number;
        var stream = random.Next(2) == 0;
        var model = Models[random.Next(Models.Length)];
        return random.Next(20) switch
        {
            0 => new CallPlan(number, CallPlan.Embeddings, "text-embedding-3-small", false, 0, null, false),
            1 => new CallPlan(number, CallPlan.ShortChat, model, stream, 40, null, false),
            2 => new CallPlan(number, CallPlan.Responses, model, stream, 40, null, false),
            3 => new CallPlan(number, CallPlan.Messages, model, stream, 40, null, false),
            < 6 => new CallPlan(number, CallPlan.Chat, model, stream, 40, null, false),
            < 13 => Scripted(Healthy, lies: false),
            < 19 => Scripted(Odd, lies: false),
            _ => Scripted(Lying, lies: true),
        };

        CallPlan Scripted(string[] scripts, bool lies) => new(number, Scriptable[number % Scriptable.Length], model, stream, 40, scripts[random.Next(scripts.Length)], lies);
    }
}
