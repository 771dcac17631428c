namespace OrleansGateway.Tests.Unit.WebFront.Hosting;

public sealed class CapacityTests
{
    [Theory]
    [InlineData(null, 20_000, false)]
    [InlineData(1_048_576L, 20_000, false)]
    [InlineData(40_500L, 20_000, false)]
    [InlineData(20_000L, 9_750, true)]
    [InlineData(1_024L, 262, true)]
    [InlineData(256L, 64, true)]
    [InlineData(1L, 1, true)]
    public void Each_caller_has_two_files_and_the_process_some_of_its_own(long? files, long connections, bool isLess)
    {
        var capacity = new Capacity(new GatewayOptions(), files);
        Assert.Equal((connections, isLess), (capacity.Connections, capacity.IsLess));
    }

    [Fact]
    public void Four_requests_to_five_connections_are_taken_and_who_leaves_makes_room()
    {
        var capacity = new Capacity(new GatewayOptions { MaxConcurrentConnections = 10 }, null);
        for (var i = 0; i < 8; i++) Assert.True(capacity.TryEnter());
        Assert.False(capacity.TryEnter());
        Assert.False(capacity.TryEnter());
        capacity.Leave();
        Assert.True(capacity.TryEnter());
        Assert.False(capacity.TryEnter());
    }

    [Fact]
    public void The_limit_is_read_where_Linux_tells_it()
    {
        string[] limits =
        [
            "Limit                     Soft Limit           Hard Limit           Units     ",
            "Max cpu time              unlimited            unlimited            seconds   ",
            "Max open files            20000                1048576              files     ",
        ];
        Assert.Equal(20_000, Capacity.FilesIn(limits));
        Assert.Null(Capacity.FilesIn(["Max open files            unlimited            unlimited            files     "]));
        Assert.Null(Capacity.FilesIn([]));
        Assert.Equal(OperatingSystem.IsLinux(), Capacity.OfThisProcess(new GatewayOptions()).Files is > 0);
    }
}
