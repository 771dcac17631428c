namespace OrleansGateway.Tests.Unit;

public sealed class FailPointsTests
{
    [Fact]
    public void Nothing_is_armed_unless_the_variable_says_so()
    {
        Assert.Null(FailPoints.WhyNotToStart(null, "Production"));
        Assert.Null(FailPoints.WhyNotToStart("", "Production"));
        foreach (var point in Enum.GetValues<FailPoint>()) FailPoints.Hit(point);
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    [InlineData(null)]
    public void An_armed_process_starts_in_no_environment_but_the_tests(string? environment) =>
        Assert.Contains(FailPoints.Variable, FailPoints.WhyNotToStart("AfterReserve@3", environment), StringComparison.Ordinal);

    [Theory]
    [InlineData("AfterReserve", true)]
    [InlineData("AfterReserve@3", true)]
    [InlineData("afterreserve@3", false)]
    [InlineData("Nowhere@3", false)]
    [InlineData("7", false)]
    [InlineData("AfterReserve@0", false)]
    [InlineData("AfterReserve@-1", false)]
    [InlineData("AfterReserve@", false)]
    public void Only_a_point_there_is_and_a_number_of_hits_arm_one(string value, bool arms) =>
        Assert.Equal(arms, FailPoints.WhyNotToStart(value, FailPoints.Environment) is null);
}
