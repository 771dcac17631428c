namespace OrleansGateway;

/// <summary>Tells the caller that the pool came back without an answer.</summary>
internal static class UpstreamAnswer
{
    public static Task RefuseAsync(Exchange exchange, ProviderAnswer answer, TimeProvider time)
    {
        if (answer is not ProviderAnswer.Failed failed) throw new InvalidOperationException($"The pool answered with {answer.GetType().Name} to another kind of call.");
        exchange.Settle(failed.By, failed.Receipt, failed.Outcome);
        return exchange.RefuseAsync(UpstreamFailures.Of(failed), time);
    }
}
