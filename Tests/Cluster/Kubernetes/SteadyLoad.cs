using System.Collections.Concurrent;
using OrleansGateway.Soak;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Kubernetes;

/// <summary>Callers of several tenants who call one after the other, at any front, streamed or not, and once more when they are told to.</summary>
internal sealed class SteadyLoad
{
    private static readonly string[] Trees = ["ash", "birch", "cedar", "elm", "fir", "holly", "larch", "maple", "oak", "pine", "rowan", "yew"];
    private const int LinesTold = 30;

    // The least that a gateway asks for by retry-after.
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly SplitCluster _cluster;
    private readonly IReadOnlyList<string> _tenants;
    private readonly ConcurrentQueue<EndedCall> _calls = new();
    private readonly List<SoakCaller> _callersOfTenants = [];
    private readonly List<Task> _calling = [];
    private int _number;
    private volatile bool _stopping;

    private SteadyLoad(SplitCluster cluster, IReadOnlyList<string> tenants) => (_cluster, _tenants) = (cluster, tenants);

    /// <summary>Every call that has ended.</summary>
    public IReadOnlyCollection<EndedCall> Calls => _calls;

    /// <summary>Opens the tenants, a dozen unless they are named, and begins.</summary>
    public static async Task<SteadyLoad> StartAsync(SplitCluster cluster, string? script = null, IReadOnlyList<string>? tenants = null)
    {
        var load = new SteadyLoad(cluster, tenants ?? Trees);
        foreach (var tenant in load._tenants)
        {
            await cluster.Fronts[0].AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"{{tenant}}","budgets":[{"window":"total","limitUsd":50}]}""");
            load._callersOfTenants.Add(new SoakCaller(
                tenant,
                (await cluster.Fronts[0].AdminAsync(HttpMethod.Post, $"tenants/{tenant}/keys", "{}")).GetProperty("key").GetString()!,
                TimeProvider.System));
        }
        // Two of each, one that streams.
        load._calling.AddRange(load._callersOfTenants.SelectMany(caller => new[] { false, true }.Select(stream => load.CallAsync(caller, stream, script))));
        return load;
    }

    /// <summary>A stream of each tenant at one front, beside the others.</summary>
    public IReadOnlyList<Task<ClientCall>> StreamAt(GatewayProcess front, string script) =>
        [.. _callersOfTenants.Select(tenant => PlaceAsync(
            tenant,
            front,
            new CallPlan(Interlocked.Increment(ref _number), CallPlan.Chat, "gpt-4.1", true, 40, script, false),
            isRetry: false))];

    /// <summary>Those that were not answered.</summary>
    public static List<EndedCall> Failed(IEnumerable<EndedCall> calls) => [.. calls.Where(c => !c.Call.Answered)];

    /// <summary>Says which failed, and when, and what the processes that are left had to say of it.</summary>
    public void Tell(ITestOutputHelper output, IReadOnlyCollection<EndedCall> calls, DateTimeOffset since)
    {
        var failed = Failed(calls);
        output.WriteLine($"{failed.Count} of {calls.Count} calls failed");
        foreach (var c in failed)
            output.WriteLine(
                $"begun at {(c.Call.StartedAt - since).TotalSeconds:0.0} s, ended at {(c.EndedAt - since).TotalSeconds:0.0} s{(c.IsRetry ? ", a retry" : "")}: {c.Call}");
        if (failed.Count == 0) return;
        output.WriteLine($"Counted from {since:O}");
        foreach (var line in _cluster.Silos.Concat(_cluster.Fronts).SelectMany(process => process.Output.Split('\n').Where(IsComplaint).Take(LinesTold))) output.WriteLine(line);
    }

    private static bool IsComplaint(string line) => line.Contains("\"@l\":\"Warning\"", StringComparison.Ordinal) || line.Contains("\"@l\":\"Error\"", StringComparison.Ordinal);

    /// <summary>Returns once so many more calls have been answered.</summary>
    public async Task AnsweredAsync(int more)
    {
        var enough = _calls.Count(c => c.Call.Answered) + more;
        await Eventually.BecomesAsync(
            () => Task.FromResult((Answered: _calls.Count(c => c.Call.Answered), Failed: _calls.LastOrDefault(c => !c.Call.Answered))),
            seen => seen.Answered >= enough,
            TimeSpan.FromSeconds(120),
            $"{more} more answers");
    }

    /// <summary>Returns once every tenant has been answered on a call that began from now on.</summary>
    public async Task AllServedAsync(TimeSpan within)
    {
        var from = TimeProvider.System.GetUtcNow();
        await Eventually.BecomesAsync(
            () => Task.FromResult(_tenants.Where(t => !_calls.Any(c => c.Call.Answered && c.Call.Tenant == t && c.Call.StartedAt >= from)).ToList()),
            left => left.Count == 0,
            within,
            "An answer for every tenant");
    }

    /// <summary>Ends, and gives every call.</summary>
    public async Task<List<EndedCall>> EndAsync()
    {
        _stopping = true;
        await Task.WhenAll(_calling);
        return [.. _calls];
    }

    /// <summary>Compares the three books once the last hold has ended; of the bill all but those requests that someone else has asked.</summary>
    public async Task CompareBooksAsync(IReadOnlyCollection<string>? besides = null)
    {
        var books = new List<TenantBooks>();
        foreach (var tenant in _tenants)
        {
            await Eventually.BecomesAsync(() => ReadAsync(tenant), b => b.OpenReservations == 0, TimeSpan.FromSeconds(120), $"No hold of {tenant} past its deadline");
            books.Add(await ReadAsync(tenant));
        }
        var bill = _cluster.Upstream.Bill.Snapshot().Calls.Where(line => besides is null || !besides.Contains(line.RequestId ?? ""));
        var violations = new ThreeBooks([.. _calls.Select(c => c.Call)], books, [.. bill]).Compare();
        Assert.True(violations.Count == 0, string.Join('\n', violations));
    }

    private Task<TenantBooks> ReadAsync(string tenant) => TenantBooks.ReadAsync(tenant, path => _cluster.Fronts[0].AdminAsync(HttpMethod.Get, path));

    private async Task CallAsync(SoakCaller caller, bool stream, string? script)
    {
        while (!_stopping)
        {
            var number = Interlocked.Increment(ref _number);
            var plan = new CallPlan(number, CallPlan.Chat, "gpt-4.1", stream, 40, script, false);
            var first = await PlaceAsync(caller, AnyFront(plan), plan, isRetry: false);
            if (first.Answered) continue;
            // A caller far away, who waits by a clock of its own.
            await Task.Delay(RetryPause, TimeProvider.System);
            plan = plan with { Number = Interlocked.Increment(ref _number) };
            await PlaceAsync(caller, AnyFront(plan), plan, isRetry: true);
        }
    }

    private GatewayProcess AnyFront(CallPlan plan)
    {
        var fronts = _cluster.Fronts;
        return fronts[plan.Number % fronts.Count];
    }

    private async Task<ClientCall> PlaceAsync(SoakCaller caller, GatewayProcess front, CallPlan plan, bool isRetry)
    {
        var call = await caller.PlaceAsync(front.Http, plan, front.Http.BaseAddress!.Authority);
        _calls.Enqueue(new EndedCall(call, TimeProvider.System.GetUtcNow(), isRetry));
        return call;
    }

    /// <summary>A call, when it ended, and whether the same caller had tried before.</summary>
    internal sealed record EndedCall(ClientCall Call, DateTimeOffset EndedAt, bool IsRetry);
}
