using System.Text.Json;
using OrleansGateway.LoadTest;

namespace OrleansGateway.Tests.Unit.LoadTest;

public sealed class LoadReportTests
{
    private static readonly LoadTestOptions Options = new() { Rate = 100, WarmUp = TimeSpan.FromSeconds(1), Duration = TimeSpan.FromSeconds(10) };

    private static readonly Measured TenSeconds = new(TimeSpan.FromSeconds(10), 990, 0, []);

    [Fact]
    public void What_is_due_in_the_warm_up_does_not_count()
    {
        var report = Report([Answered(dueMs: 999, tookMs: 5_000), Answered(dueMs: 1_000, tookMs: 10)]);

        Assert.Equal(1, report.Calls);
        Assert.Equal(12, report.Waited!.Max, 0.1);
        Assert.True(report.IsWell);
    }

    [Fact]
    public void Percentiles_are_those_of_all_calls_counted_from_when_they_were_due()
    {
        // A thousand calls of 1 to 1,000 ms, each placed 2 ms late.
        var report = Report(Enumerable.Range(1, 1_000).Select(i => Answered(dueMs: 1_000 + i, tookMs: i)));

        Assert.Equal(502, report.Waited!.P50, 1.0);
        Assert.Equal(902, report.Waited.P90, 1.0);
        Assert.Equal(992, report.Waited.P99, 1.0);
        Assert.Equal(1_001, report.Waited.P999, 1.5);
        Assert.Equal(1_002, report.Waited.Max, 1.0);
        Assert.Equal(2, report.Lag!.P50, 0.01);
        Assert.Equal(100, report.Placed);
        Assert.Equal(99, report.Ended);
    }

    [Theory]
    [InlineData(429, true, 0)]
    [InlineData(503, true, 0)]
    [InlineData(429, false, 1)]
    [InlineData(503, false, 1)]
    [InlineData(502, true, 1)]
    [InlineData(null, false, 1)]
    public void Only_refusals_that_say_when_to_come_again_are_well(int? status, bool saysWhen, int wrong)
    {
        var refused = Answered(2_000, 10) with { Status = status, SaysWhen = saysWhen, Error = "some_code" };

        var report = Report([Answered(1_500, 10), refused, refused]);

        Assert.Equal(2 * wrong, report.Wrong);
        Assert.Equal(wrong == 0, report.IsWell);
        Assert.Equal(new Dictionary<string, int> { ["some_code"] = 2 }, report.Errors);
        Assert.Equal(1, report.Answered);
        Assert.Equal(10, report.Waited!.Max - 2, 0.1);
    }

    [Fact]
    public void Books_that_differ_and_answers_that_are_none_are_not_well()
    {
        Assert.True(Report([Answered(1_500, 10)], violations: []).IsWell);
        Assert.False(Report([Answered(1_500, 10)], violations: ["load-1 req_1: posted twice"]).IsWell);
        Assert.False(Report([]).IsWell);
        Assert.Contains(Report([Answered(1_500, 10)], violations: ["load-1 req_1: posted twice"]).Lines(), line => line == "VIOLATION load-1 req_1: posted twice");
    }

    [Fact]
    public void Streams_are_counted_by_their_events()
    {
        var stream = Answered(2_000, 500) with { FirstEvent = TimeSpan.FromMilliseconds(2_020), Events = 50 };

        var report = Report([stream, stream with { Events = 48 }], Options with { Stream = true });

        Assert.Equal(new EventsPerStream(48, 49, 50), report.Events);
        Assert.Equal(20, report.FirstEvent!.P50, 0.1);
        Assert.Contains("events of a stream: 48 to 50, 49.0 on average", report.Lines());
    }

    [Fact]
    public void Programs_read_the_same_as_people()
    {
        var report = Report([Answered(1_500, 10)]);

        var json = JsonDocument.Parse(report.ToJson()).RootElement;

        Assert.Equal(1, json.GetProperty("answered").GetInt32());
        Assert.Equal(12, json.GetProperty("waited").GetProperty("p999").GetDouble(), 0.1);
        Assert.False(json.TryGetProperty("firstEvent", out _));
        Assert.Equal("1 calls: 0.1/s placed of 100.0/s asked for, 99.0/s ended", report.Lines().First());
    }

    [Fact]
    public void Processor_time_is_told_by_call_and_by_event()
    {
        var use = ProcessUse.Of(new ProcessGroup("gateway", []), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), calls: 1_000, events: 50_000);

        Assert.Equal((1_000, 20, 0.1), (use.MicrosPerCall, use.MicrosPerEvent, use.Cores));
        Assert.Null(ProcessUse.Of(new ProcessGroup("gateway", []), TimeSpan.Zero, TimeSpan.FromSeconds(10), 0, 0).MicrosPerCall);
    }

    private static CallOutcome Answered(double dueMs, double tookMs) => new(Ms(dueMs), Ms(dueMs + 2), Ms(dueMs + 2 + tookMs)) { Status = 200 };

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static LoadReport Report(IEnumerable<CallOutcome> calls, LoadTestOptions? options = null, IReadOnlyList<string>? violations = null)
    {
        var tally = new LoadTally(Options.WarmUp);
        foreach (var call in calls) tally.Add(call);
        return LoadReport.Of(options ?? Options, tally, TenSeconds, violations);
    }
}
