using OrleansGateway.LoadTest;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>The load test itself, for a second: its calls are answered, and it knows equal books from others.</summary>
public sealed class LoadTestTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_books_of_a_load_are_equal(bool stream)
    {
        await using var gateway = await TestGateway.StartAsync();

        var (code, report) = await RunAsync(gateway, stream);

        Assert.True(code == 0, report);
        Assert.Contains("bill, ledger and what callers were told are equal", report, StringComparison.Ordinal);
        Assert.Contains("20 answered", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upstream_that_bills_what_nobody_booked_is_noticed()
    {
        await using var gateway = await TestGateway.StartAsync();
        gateway.Simulator.Script.Default = new Simulator.SimulatorScript { Status = 400, ErrorCode = "odd", BillAnyway = true };

        var (code, report) = await RunAsync(gateway, stream: false);

        Assert.Equal(1, code);
        Assert.Contains("VIOLATION", report, StringComparison.Ordinal);
        Assert.Contains("20 calls ended neither in an answer nor in a 429 or 503 with retry-after", report, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Report)> RunAsync(TestGateway gateway, bool stream)
    {
        var options = new LoadTestOptions
        {
            Url = gateway.Address,
            AdminKey = TestGateway.AdminKey,
            Tenants = 3,
            Keys = 2,
            Stream = stream,
            Rate = 20,
            Arrivals = ArrivalKind.Even,
            WarmUp = TimeSpan.Zero,
            Duration = TimeSpan.FromSeconds(1),
            Simulator = gateway.Simulator.BaseAddress,
        };
        await using var output = new StringWriter();
        var code = await LoadTestRun.RunAsync(options, output, TimeProvider.System, TestContext.Current.CancellationToken);
        return (code, output.ToString());
    }
}
