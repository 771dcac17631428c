namespace OrleansGateway;

/// <summary>The trail, as a grain.</summary>
[GrainType("audit")]
internal sealed class AuditGrain(IBook book) : Grain, IAuditGrain
{
    private readonly AuditTrail _trail = new(book);

    public Task Record(AuditRecord record) => _trail.AppendAsync(record);

    public Task<AuditPage> Page(DateTimeOffset? from, DateTimeOffset? until, long after, int limit) => _trail.PageAsync(from, until, after, limit);
}
