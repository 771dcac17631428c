using OrleansGateway.Simulator;
using static OrleansGateway.Tests.Unit.Simulator.RunningSimulator;

namespace OrleansGateway.Tests.Unit.Simulator;

public sealed class BillTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_finished_call_is_billed_whole_before_the_caller_sees_its_end(bool stream)
    {
        await using var simulator = await StartAsync(new SimulatorScript { OutputTokens = 12, CachedTokens = 3, ReasoningTokens = 4 });
        simulator.Client.DefaultRequestHeaders.Add("x-request-id", "req-7");
        var request = Chat("hello world", stream);
        request["user"] = "u1";

        await simulator.ReadAsync(request);

        var line = Assert.Single(simulator.Billed);
        Assert.Equal((8, 3, 16, 4), (line.InputTokens, line.CachedInputTokens, line.OutputTokens, line.ReasoningTokens));
        Assert.Equal(("req-7", "u1", "gpt-4.1", 200, true), (line.RequestId, line.User, line.Model, line.Status, line.Completed));
        Assert.Equal(new BillTotal(1, 8, 3, 16, 4), simulator.Handle.Bill.Snapshot().Totals["gpt-4.1"]);
    }

    [Theory]
    [InlineData("""{"cutAfterChunks":0}""", 0)]
    [InlineData("""{"cutAfterChunks":4}""", 3)]
    [InlineData("""{"cleanEndAfterChunks":4}""", 3)]
    [InlineData("""{"errorEventAt":4}""", 3)]
    [InlineData("""{"cutAfterChunks":4,"reasoningTokens":5}""", 8)]
    [InlineData("""{"badChunkFraming":true}""", 1)]
    public async Task A_stream_that_breaks_is_billed_for_what_was_produced(string script, int output)
    {
        await using var simulator = await StartAsync(ScriptReader.ReadHeader(script));

        await simulator.ReadAsync(Chat("hello world", stream: true));

        var line = Assert.Single(simulator.Billed);
        Assert.Equal((8, output, false), (line.InputTokens, line.OutputTokens, line.Completed));
    }

    [Fact]
    public async Task A_caller_who_leaves_a_stream_pays_for_what_was_produced()
    {
        await using var simulator = await StartAsync(new SimulatorScript { HangAfterChunks = 4 });

        using (var response = await simulator.PostAsync(Chat(stream: true)))
        {
            await (await response.Content.ReadAsStreamAsync(Cancel)).ReadExactlyAsync(new byte[300], Cancel);
        }

        await simulator.Handle.Bill.WaitForCountAsync(1, Cancel);
        var line = Assert.Single(simulator.Billed);
        Assert.Equal((3, 200, false), (line.OutputTokens, line.Status, line.Completed));
        await simulator.Handle.Calls.WaitForEndedAsync(1, Cancel);
        Assert.True(simulator.Handle.Calls.All()[0].CallerLeft);
    }

    [Theory]
    [InlineData(false, 7)]
    [InlineData(true, 0)]
    public async Task A_caller_who_leaves_before_the_headers_pays_for_the_finished_answer_unless_it_streams(bool stream, int output)
    {
        await using var simulator = await StartAsync(new SimulatorScript { NoHeaders = true, OutputTokens = 7 });
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancel);

        var call = simulator.PostAsync(Chat(stream: stream), cancel: leave.Token);
        await simulator.Handle.Calls.WaitForCallsAsync(1, Cancel);
        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await simulator.Handle.Bill.WaitForCountAsync(1, Cancel);
        var line = Assert.Single(simulator.Billed);
        Assert.Equal((output, 499, false), (line.OutputTokens, line.Status, line.Completed));
    }

    [Theory]
    [InlineData("""{"status":500}""", false)]
    [InlineData("""{"status":500,"billAnyway":true}""", true)]
    [InlineData("""{"errorEventAt":0}""", false)]
    [InlineData("""{"errorEventAt":0,"billAnyway":true}""", true)]
    [InlineData("""{"cutAfterChunks":3,"notBilled":true}""", false)]
    [InlineData("""{"notBilled":true}""", false)]
    public async Task A_failure_is_free_unless_the_script_bills_it(string script, bool billed)
    {
        await using var simulator = await StartAsync(ScriptReader.ReadHeader(script));

        await simulator.ReadAsync(Chat(stream: true));

        Assert.Equal(billed, simulator.Billed.Count == 1);
        Assert.All(simulator.Billed, line => Assert.InRange(line.OutputTokens, 20, 40));
        Assert.Equal(billed, simulator.Handle.Calls.All()[0].Billed);
    }

    [Fact]
    public async Task An_error_may_report_the_usage_it_bills()
    {
        await using var simulator = await StartAsync(new SimulatorScript { Status = 400, BillAnyway = true, UsageInError = true });

        var usage = (await simulator.AskAsync(Chat())).GetProperty("usage");

        Assert.Equal(Assert.Single(simulator.Billed).OutputTokens, usage.GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task The_bill_file_survives_the_simulator_and_a_torn_last_line()
    {
        var file = Path.Combine(Path.GetTempPath(), $"bill-{Guid.NewGuid():n}.jsonl");
        try
        {
            await using (var first = await StartAsync(configure: options => options.BillFile = file))
            {
                await first.AskAsync(Chat());
                await first.AskAsync(Chat());
                Assert.Equal(2, (await File.ReadAllLinesAsync(file, Cancel)).Length);
            }

            await File.AppendAllTextAsync(file, """{"seq":3,"id":"chat""", Cancel);
            await using var second = await StartAsync(configure: options => options.BillFile = file);
            await second.AskAsync(Chat());

            Assert.Equal([1L, 2L, 3L], second.Billed.Select(line => line.Seq));
            Assert.Equal(3, (await File.ReadAllLinesAsync(file, Cancel)).Length);
            Assert.Equal(3, second.Handle.Bill.Count);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
