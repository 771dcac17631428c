using System.Text.Json;
using OrleansGateway.Simulator;

namespace OrleansGateway.Soak;

/// <summary>A disconnect storm in waves, then the verdict: every slot is free and every call is charged for what the upstream produced.</summary>
internal sealed class DisconnectRun(DisconnectStorm storm, SimulatorHandle simulator, string tenant, Func<string, Task<JsonElement>> get, TimeProvider time)
{
    /// <summary>Callers at once; the tenant may have as many slots.</summary>
    public const int Wave = 200;

    // The upstream is read on for half a minute after its caller has gone.
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    // What a caller sent before going may still be on its way in when nothing is open.
    private const int LooksThatFindNothing = 10;

    /// <summary>A storm on a cluster of its own: 0 when all is well, 1 when not.</summary>
    public static async Task<int> RunAsync(SoakOptions options, TimeProvider time, CancellationToken stop)
    {
        const string Tenant = "storm";
        var folder = Directory.CreateTempSubdirectory("orleans-gateway-storm-").FullName;
        Console.WriteLine($"seed {options.Seed}: {options.HangUps} calls, {Wave} at once, at {options.Silos} silos; their callers hang up; logs in {folder}");
        await using var cluster = await Cluster.StartAsync(options with { HoldLife = TimeSpan.FromMinutes(3) }, folder, time, stop);
        cluster.Simulator.Script.Default = new SimulatorScript { OutputTokens = 20, ChunkDelayMs = 2 };
        await cluster.AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"{{Tenant}}","limits":{"concurrentRequests":{{Wave}} },"budgets":[{"window":"total","limitUsd":100}]}""");
        var key = (await cluster.AdminAsync(HttpMethod.Post, $"tenants/{Tenant}/keys", "{}")).GetProperty("key").GetString()!;
        using var storm = new DisconnectStorm(cluster.Silos.Select(s => s.Http.BaseAddress!), key, options.Seed, time);
        var started = time.GetTimestamp();
        var run = new DisconnectRun(storm, cluster.Simulator, Tenant, path => cluster.AdminAsync(HttpMethod.Get, path), time);
        var violations = await run.RunAsync(options.HangUps);

        var ledger = run.Books?.Ledger ?? [];
        Console.WriteLine($"{options.HangUps} calls in {time.GetElapsedTime(started).TotalSeconds:0} s: {string.Join(", ", storm.HungUp.Select(h => $"{h.Count} {h.When}"))}");
        Console.WriteLine($"ledger: {ledger.Count(l => l.IsPosting)} postings "
            + $"({ledger.Count(l => l.Outcome == "client_gone" && l.IsPosting)} of streams whose caller had gone), {ledger.Count(l => l.Kind == "void")} void; "
            + $"bill: {cluster.Simulator.Bill.Count} lines; settled {run.Books?.Budget.SettledUsd}, "
            + $"billed {cluster.Simulator.Bill.Snapshot().Calls.Sum(UpstreamPrices.CostOf)}");
        foreach (var violation in violations.Take(50)) Console.WriteLine($"VIOLATION {violation}");
        Console.WriteLine(violations.Count == 0
            ? $"verdict of seed {options.Seed}: every slot is free, and every call is charged for what the upstream produced"
            : $"verdict of seed {options.Seed}: {violations.Count} violations");
        if (violations.Count == 0 && !options.Keep) Directory.Delete(folder, recursive: true);
        return violations.Count == 0 ? 0 : 1;
    }

    /// <summary>Violations; none when all is well.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(int calls)
    {
        for (var left = calls; left > 0; left -= Wave)
        {
            await storm.WaveAsync(Math.Min(left, Wave));
            // What no caller waits for any more still has a slot until it is posted.
            if (!await SlotsAreFreeAsync(left <= Wave ? LooksThatFindNothing : 1)) return [$"after {calls - left + Wave} calls some holds did not end within {LongestDrain}"];
        }

        var books = await TenantBooks.ReadAsync(tenant, get);
        var ids = books.Ledger.Select(l => l.RequestId).ToHashSet();
        var violations = new List<string>(new ThreeBooks([], [books], [.. simulator.Bill.Snapshot().Calls.Where(b => ids.Contains(b.RequestId ?? ""))]).Compare());
        var strange = simulator.Bill.Snapshot().Calls.Count(b => !ids.Contains(b.RequestId ?? ""));
        if (strange > 0) violations.Add($"{strange} calls were billed and are in no ledger");
        if (books.Ledger.Any(l => l.Estimated)) violations.Add($"{books.Ledger.Count(l => l.Estimated)} postings are estimates, though the upstream told its usage");
        if (books.Ledger.Any(l => l.IsSuspense)) violations.Add($"{books.Ledger.Count(l => l.IsSuspense)} holds are in suspense, though no process was lost");
        if (storm.Refused > 0) violations.Add($"{storm.Refused} calls were refused: slots were not free");
        Books = books;
        return violations;
    }

    /// <summary>The tenant's books at the end.</summary>
    public TenantBooks? Books { get; private set; }

    private async Task<bool> SlotsAreFreeAsync(int looks)
    {
        var started = time.GetTimestamp();
        using var timer = new PeriodicTimer(Period, time);
        for (var free = 0; ;)
        {
            free = (await get($"tenants/{tenant}/quota")).GetProperty("openReservations").GetInt32() == 0 ? free + 1 : 0;
            if (free == looks) return true;
            if (time.GetElapsedTime(started) > LongestDrain) return false;
            await timer.WaitForNextTickAsync();
        }
    }
}
