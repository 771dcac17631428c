namespace OrleansGateway;

/// <summary>
/// Keeps a stream's hold ahead of what comes: when half a slice is left the next one is asked for, beside the reading, and when a quarter is left and none was
/// granted the stream is to end. The rest is for what is on its way already.
/// </summary>
internal sealed class BudgetGuard
{
    private readonly UpstreamCall _call;
    private readonly Settlement _settlement;
    private Task<bool>? _asking;
    private bool _refused;
    private bool _isLastWord;

    private BudgetGuard(UpstreamCall call, Settlement settlement) => (_call, _settlement) = (call, settlement);

    /// <summary>One for a call whose hold covers a part of its answer; null for any other.</summary>
    public static BudgetGuard? Of(UpstreamCall call, Settlement settlement) => call.Plan.HeldOutputTokens is null ? null : new BudgetGuard(call, settlement);

    /// <summary>
    /// Has the whole answer held before anything is sent, when the caller asks the model to think: what it thinks unseen cannot be counted while it comes.
    /// False when the budgets do not cover that.
    /// </summary>
    public static async Task<bool> CoversThinkingAsync(AimedCall aimed, Settlement settlement)
    {
        var (call, target) = (aimed.Call, aimed.Target);
        if (call.Plan.HeldOutputTokens is null || !ThinkingAsked.In(call.Request.Body.Span)) return true;
        var most = Most(call.Plan, target);
        return HoldPrice.WorstCase(target, call.Plan.InputTokens, most, call.Plan.Choices) <= call.Plan.Held || await ExtendAsync(call, settlement, target, most);
    }

    /// <summary>Whether the stream may go on; false when the hold is nearly used up and no more of it is to be had.</summary>
    /// <param name="outputBound">The most output tokens that all that came can hold, all choices together.</param>
    /// <param name="timer">The patience with the upstream, which rests while the book is waited for.</param>
    public async ValueTask<bool> MayGoOnAsync(long outputBound, UpstreamTimer timer)
    {
        while (!IsWhole && outputBound + (Slice / 2) >= Held)
        {
            var isUrgent = outputBound + (Slice / 4) >= Held;
            if (_asking is null)
            {
                if (_refused && !isUrgent) return true;
                _isLastWord = isUrgent;
                _asking = ExtendAsync(_call, _settlement, _call.Tried, Next(outputBound));
            }
            if (!_asking.IsCompleted && !isUrgent) return true;
            if (!_asking.IsCompleted) timer.Pause();
            _refused = !await _asking;
            _asking = null;
            if (_refused && _isLastWord) return false;
        }
        return true;
    }

    /// <summary>Completes when nothing is asked of the book any more: which hold the call has is then known.</summary>
    public Task RestAsync() => _asking ?? Task.CompletedTask;

    private long Held => _call.Plan.HeldOutputTokens!.Value * (long)_call.Plan.Choices;

    private long Slice => _call.Plan.SliceTokens * (long)_call.Plan.Choices;

    private bool IsWhole => _call.Plan.HeldOutputTokens >= Most(_call.Plan, _call.Tried);

    /// <summary>A slice more than what is held, and than what came.</summary>
    private int Next(long outputBound)
    {
        var reached = Math.Max(_call.Plan.HeldOutputTokens!.Value, (outputBound + _call.Plan.Choices - 1) / _call.Plan.Choices);
        return (int)Math.Min(reached + _call.Plan.SliceTokens, Most(_call.Plan, _call.Tried));
    }

    private static int Most(ProviderPlan plan, PlanTarget target) => Math.Min(plan.OutputTokens, target.MaxOutputTokens);

    private static async Task<bool> ExtendAsync(UpstreamCall call, Settlement settlement, PlanTarget target, int outputTokens)
    {
        var plan = call.Plan;
        if (await settlement.ExtendAsync(plan with { Targets = [target], HeldOutputTokens = outputTokens }) is not { } extended) return false;
        call.Extend(extended with { Targets = plan.Targets });
        return true;
    }
}
