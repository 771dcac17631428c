using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd.Sdks;

/// <summary>A new tenant's ledger beside what the simulator charges from now on.</summary>
internal sealed class Books(TestCaller caller)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly int _billedBefore = caller.Gateway.Simulator.Bill.Count;

    private IEnumerable<BilledCall> Bill => caller.Gateway.Simulator.Bill.Snapshot().Calls.Skip(_billedBefore);

    /// <summary>Runs a case for Node.js: it is answered as its script expects, and its answers were posted once each, at the cost that it was told.</summary>
    public async Task AssertCaseAsync(string name, string script, int posted)
    {
        var result = await NodeSdk.RunAsync(name, caller, script);

        var entries = await AssertPostedAsync(posted);
        if (result.TryGetProperty("costs", out var costs))
            Assert.Equal(entries.Select(entry => entry.GetProperty("costUsd").GetDecimal()), costs.EnumerateArray().Select(cost => cost.GetDecimal()));
    }

    /// <summary>Each call was posted once, with the tokens that the simulator charged for, and nothing is held any more. The entries, oldest first.</summary>
    public async Task<IReadOnlyList<JsonElement>> AssertPostedAsync(int calls)
    {
        var ledger = await WhenSettledAsync(calls);
        Assert.Equal(Bill.Select(Line).Order(), ledger.Select(Line).Order());
        Assert.All(ledger, entry => Assert.False(entry.GetProperty("estimated").GetBoolean()));
        return ledger;
    }

    /// <summary>One call was posted at no less than the simulator charged: the upstream never said how much it was.</summary>
    public async Task AssertEstimatedAsync()
    {
        var entry = Assert.Single(await WhenSettledAsync(1));
        var billed = Assert.Single(Bill);
        Assert.Equal(billed.RequestId, entry.GetProperty("requestId").GetString());
        Assert.True(entry.GetProperty("estimated").GetBoolean());
        Assert.True(entry.GetProperty("inputTokens").GetInt32() >= billed.InputTokens);
        Assert.True(entry.GetProperty("outputTokens").GetInt32() >= billed.OutputTokens);
    }

    /// <summary>For a caller who left, the end of the upstream's answer and its posting are still to come.</summary>
    private async Task<IReadOnlyList<JsonElement>> WhenSettledAsync(int calls)
    {
        using var deadline = new CancellationTokenSource(Patience);
        await caller.Gateway.Simulator.Bill.WaitForCountAsync(_billedBefore + calls, deadline.Token);
        var ledger = await caller.LedgerAsync();
        while (ledger.Count < calls && !deadline.IsCancellationRequested) ledger = await caller.LedgerAsync();

        Assert.Equal(calls, ledger.Count);
        Assert.All(ledger, entry => Assert.Equal("posted", entry.GetProperty("kind").GetString()));
        Assert.Equal(0, (await caller.QuotaAsync()).GetProperty("openReservations").GetInt32());
        Assert.Equal(calls, Bill.Count());
        return [.. ledger.OrderBy(entry => entry.GetProperty("seq").GetInt64())];
    }

    private static string Line(BilledCall call) =>
        $"{call.RequestId} {call.Model}: {call.InputTokens} in, {call.CachedInputTokens} cached, {call.OutputTokens} out, {call.ReasoningTokens} reasoning";

    private static string Line(JsonElement entry) =>
        $"{entry.GetProperty("requestId")} {entry.GetProperty("model")}: {entry.GetProperty("inputTokens")} in, {entry.GetProperty("cachedInputTokens")} cached, "
        + $"{entry.GetProperty("outputTokens")} out, {entry.GetProperty("reasoningTokens")} reasoning";
}
