namespace OrleansGateway;

/// <summary>A request that may go on: to an upstream, or to the answer that it was given before.</summary>
/// <param name="Plan">What may be called; null when nothing need be.</param>
/// <param name="Before">The answer that was given before.</param>
internal sealed record Admitted(ProviderPlan? Plan, ReplayedAnswer? Before = null)
{
    /// <summary>The whole answer: the one given before, or the pool's.</summary>
    public Task<ProviderAnswer> CompleteAsync(IProviderPool pool, UpstreamRequest request, CancellationToken gone) =>
        Before is null ? pool.CompleteAsync(Plan!, request, gone) : Task.FromResult(Before.Answer);

    /// <summary>The answer as a stream into a sink: the one given before, or the pool's.</summary>
    public async Task<ProviderAnswer> StreamAsync(IProviderPool pool, UpstreamRequest request, IChunkSink sink, CancellationToken gone)
    {
        if (Before is null) return await pool.StreamAsync(Plan!, request, sink, gone);
        if (!Before.Events.IsEmpty) await sink.Push(0, Before.By, Before.Events);
        return Before.Answer;
    }
}
