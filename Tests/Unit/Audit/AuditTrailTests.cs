using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Audit;

public sealed class AuditTrailTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly InMemoryBook _book = new();

    [Fact]
    public async Task What_was_asked_for_is_told_with_how_it_ended_oldest_first()
    {
        var trail = new AuditTrail(_book);
        await trail.AppendAsync(Asked(1));
        await trail.AppendAsync(Asked(2));
        await trail.AppendAsync(Ended(2, 201, "\"v1\""));
        await trail.AppendAsync(Ended(1, 400));
        await trail.AppendAsync(Asked(3));

        var page = await trail.PageAsync(null, null, 0, 10);

        Assert.Equal([("1", 400, null), ("2", 201, "\"v1\""), ("3", null, null)], page.Changes.Select(change => (change.Asked.Id, change.Ended?.Status, change.Ended?.Version)));
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task Pages_follow_each_other_without_a_gap_and_know_the_ends_that_stand_behind_them()
    {
        var trail = new AuditTrail(_book);
        for (var i = 0; i < 7; i++) await trail.AppendAsync(Asked(i));
        for (var i = 0; i < 7; i++) await trail.AppendAsync(Ended(i, 200 + i));

        var all = new List<(string, int?)>();
        for (long? after = 0; after is { } last;)
        {
            var page = await trail.PageAsync(null, null, last, 3);
            all.AddRange(page.Changes.Select(change => (change.Asked.Id, change.Ended?.Status)));
            after = page.Next;
        }

        Assert.Equal(Enumerable.Range(0, 7).Select(i => ($"{i}", (int?)(200 + i))), all);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(long.MaxValue)]
    public async Task Behind_the_last_entry_there_is_none(long after)
    {
        var trail = new AuditTrail(_book);
        await trail.AppendAsync(Asked(1));
        foreach (var from in new[] { Noon.AddDays(-1), (DateTimeOffset?)null })
            Assert.Equal((0, null), ((await trail.PageAsync(from, null, after, 10)) is var page ? page.Changes.Length : -1, page.Next));
    }

    [Fact]
    public async Task A_stretch_of_time_is_found()
    {
        var trail = new AuditTrail(_book);
        for (var i = 0; i < 30; i++) await trail.AppendAsync(Asked(i));

        var page = await trail.PageAsync(Noon.AddHours(10), Noon.AddHours(13), 0, 100);

        Assert.Equal(["10", "11", "12"], page.Changes.Select(change => change.Asked.Id));
    }

    [Fact]
    public async Task Two_activations_lose_nothing_of_each_other()
    {
        var (one, other) = (new AuditTrail(_book), new AuditTrail(_book));
        await one.AppendAsync(Asked(1));
        await other.AppendAsync(Asked(2));
        await one.AppendAsync(Asked(3));

        Assert.Equal(["1", "2", "3"], (await one.PageAsync(null, null, 0, 10)).Changes.Select(change => change.Asked.Id));
    }

    private static AuditRecord Asked(int id) => new() { At = Noon.AddHours(id), Id = $"{id}", Key = "configured", Method = "PATCH", Path = "/admin/v1/tenants/acme" };

    private static AuditRecord Ended(int id, int status, string? version = null) => new() { At = Noon.AddHours(id), Id = $"{id}", Status = status, Version = version };
}
