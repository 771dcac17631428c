namespace OrleansGateway;

/// <summary>One compare-and-append on its way to Redis.</summary>
internal sealed class RedisAppend(string tenantId, RedisBookKeys keys, string day, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, long askedAt)
{
    // Whoever sent it goes on with the next ones.
    private readonly TaskCompletionSource<AppendOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string TenantId => tenantId;

    public RedisBookKeys Keys => keys;

    /// <summary>The day whose list it goes to; a later one when the book has reached that already.</summary>
    public string Day { get; set; } = day;

    public long ExpectedCount => expectedCount;

    public IReadOnlyList<ReadOnlyMemory<byte>> Entries => entries;

    /// <summary>When it was asked for, as a timestamp.</summary>
    public long AskedAt => askedAt;

    public Task<AppendOutcome> Completed => _completion.Task;

    public void Succeed(AppendOutcome outcome) => _completion.TrySetResult(outcome);

    public void Fail(Exception fault) => _completion.TrySetException(fault);
}
