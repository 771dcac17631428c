namespace OrleansGateway.Tests.Unit.Tenants;

public sealed class SnapshotPaceTests
{
    private static readonly DateTimeOffset Loaded = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_looks_once_in_half_a_minute_and_first_after_the_tenants_share_of_it()
    {
        var pace = new SnapshotPace(Loaded, 0.5);

        Assert.Equal([false, true, false, true], new[] { 14, 15, 44, 45 }.Select(second => pace.Looks(Loaded.AddSeconds(second))));
    }

    [Fact]
    public void Much_is_worth_a_snapshot_each_time()
    {
        var pace = new SnapshotPace(Loaded, 1);

        Assert.Equal([true, true], new[] { 30, 60 }.Select(second => pace.IsWorth(Loaded.AddSeconds(second), SnapshotPace.Few, hasOne: true)));
    }

    [Fact]
    public void A_few_entries_wait_five_minutes_from_the_snapshot_before()
    {
        var pace = new SnapshotPace(Loaded, 1);
        Assert.True(pace.IsWorth(Loaded.AddSeconds(30), 100, hasOne: true));

        Assert.Equal([false, false, true, false], new[] { 60, 329, 330, 360 }.Select(second => pace.IsWorth(Loaded.AddSeconds(second), SnapshotPace.Few - 1, hasOne: true)));
    }

    [Fact]
    public void The_first_snapshot_waits_for_nothing() => Assert.True(new SnapshotPace(Loaded, 1).IsWorth(Loaded.AddSeconds(1), 1, hasOne: false));
}
