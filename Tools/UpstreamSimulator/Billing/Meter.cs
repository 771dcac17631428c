namespace OrleansGateway.Simulator;

/// <summary>Knows how far one call's answer has got, and bills it at most once.</summary>
internal sealed class Meter(Bill bill, ReceivedCall call, Answer answer, SimulatorScript script, TimeProvider time)
{
    private bool _billed;

    /// <summary>Output so far; an answer that is not streamed is finished before its first byte leaves.</summary>
    public int Produced { get; private set; } = answer.Streams ? 0 : answer.Usage.Output;

    public void Produce(int tokens)
    {
        // Nobody sees the reasoning, but it was produced before the first visible token.
        var before = Produced == 0 ? answer.Usage.Reasoning : 0;
        Produced = Math.Min(Produced + before + tokens, answer.Usage.Output);
    }

    public void BillWhole(int status, bool completed)
    {
        Produced = answer.Usage.Output;
        BillProduced(status, completed);
    }

    public void BillProduced(int status, bool completed)
    {
        if (_billed || script.NotBilled)
        {
            return;
        }

        _billed = true;
        call.Billed = true;
        bill.Add(new BilledCall
        {
            Seq = call.Seq,
            Id = answer.Id,
            At = time.GetUtcNow(),
            Path = call.Path,
            Model = answer.Model,
            InputTokens = answer.Usage.Input,
            CachedInputTokens = answer.Usage.Cached,
            OutputTokens = Produced,
            ReasoningTokens = Math.Min(answer.Usage.Reasoning, Produced),
            RequestId = call.RequestId,
            User = call.User,
            Status = status,
            Completed = completed,
        });
    }

    /// <summary>A failure is free, unless the script says otherwise.</summary>
    public void BillFailure(int status)
    {
        if (script.BillAnyway)
        {
            BillWhole(status, completed: false);
        }
    }
}
