namespace OrleansGateway.Tests.TestKit;

/// <summary>Answers in memory, for tests of what stores them; fails on demand.</summary>
internal sealed class InMemoryAnswerStore : IAnswerStore
{
    private readonly List<(string Tenant, StoredAnswer Answer)> _answers = [];

    /// <summary>What every call fails with while it is set.</summary>
    public Exception? Fails { get; set; }

    public Action? OnPut { get; set; }

    public IReadOnlyList<StoredAnswer> All
    {
        get { lock (_answers) return [.. _answers.Select(a => a.Answer)]; }
    }

    public Task PutAsync(string tenantId, StoredAnswer answer, CancellationToken cancellationToken) => TryPutAsync(tenantId, answer, long.MaxValue, cancellationToken);

    public Task<bool> TryPutAsync(string tenantId, StoredAnswer answer, long most, CancellationToken cancellationToken)
    {
        if (Fails is not null) return Task.FromException<bool>(Fails);
        OnPut?.Invoke();
        lock (_answers)
        {
            var others = _answers.Where(a => a.Tenant == tenantId && a.Answer.Hold != answer.Hold).Sum(a => (long)a.Answer.Bytes.Length);
            if (others + answer.Bytes.Length > most) return Task.FromResult(false);
            _answers.RemoveAll(a => a.Tenant == tenantId && a.Answer.Hold == answer.Hold);
            _answers.Add((tenantId, answer));
        }
        return Task.FromResult(true);
    }

    public Task<StoredAnswer?> FindAsync(string tenantId, HoldId hold, CancellationToken cancellationToken) => Last(a => a.Tenant == tenantId && a.Answer.Hold == hold);

    public Task<StoredAnswer?> FindByKeyAsync(string tenantId, string key, CancellationToken cancellationToken) => Last(a => a.Tenant == tenantId && a.Answer.Key == key);

    private Task<StoredAnswer?> Last(Predicate<(string Tenant, StoredAnswer Answer)> fits)
    {
        if (Fails is not null) return Task.FromException<StoredAnswer?>(Fails);
        lock (_answers) return Task.FromResult(_answers.FindLast(fits).Answer)!;
    }
}
