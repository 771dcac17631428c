namespace OrleansGateway.Tests.Unit.Requests;

public sealed class RefusalsTests
{
    [Fact]
    public void The_newest_are_remembered_and_the_oldest_make_room()
    {
        var refusals = new Refusals(100);
        for (var i = 1; i <= 250; i++) Remember(refusals, $"r{i}");

        Assert.Equal(Enumerable.Range(151, 100), Enumerable.Range(1, 250).Where(i => refusals.Find($"r{i}") is not null));
        Assert.Equal("r200", refusals.Find("r200")!.Value.RequestId);
    }

    [Fact]
    public void Nothing_is_remembered_where_the_setting_says_so()
    {
        var refusals = new Refusals(0);
        Remember(refusals, "r1");
        Assert.Null(refusals.Find("r1"));
    }

    private static void Remember(Refusals refusals, string id) => refusals.Remember(
        new ReservationRequest { Hold = new HoldId(id, 1), KeyId = "k", InputBytes = 1 }, new ReservationOutcome.Suspended(), DateTimeOffset.UnixEpoch);
}
