using System.Text.Json;

namespace OrleansGateway.Soak;

/// <summary>One soak: load and faults for as long as asked, then quiet until the last deadline, then the verdict.</summary>
internal sealed class SoakRun(SoakOptions options, Cluster cluster, TimeProvider time)
{
    // Past the last hold's deadline: the sweep, and postings that are repeated.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(45);
    private readonly long _started = time.GetTimestamp();

    /// <summary>0 when all is well, 1 when not, 2 when it was stopped before it could tell.</summary>
    public static async Task<int> RunAsync(SoakOptions options, TimeProvider time, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("orleans-gateway-soak-").FullName;
        Console.WriteLine($"seed {options.Seed}: {options.Silos} silos, {options.Tenants} tenants, "
            + $"{options.Rate} calls/s for {options.Duration.TotalMinutes:0.#} min, a fault every {options.FaultEvery.TotalSeconds:0} s; logs in {folder}");
        var verdict = 2;
        try
        {
            await using var cluster = await Cluster.StartAsync(options, folder, time, stop);
            verdict = await new SoakRun(options, cluster, time).RunAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.WriteLine("stopped before the verdict");
        }
        if (verdict == 0 && !options.Keep) Directory.Delete(folder, recursive: true);
        return verdict;
    }

    private async Task<int> RunAsync(CancellationToken stop)
    {
        var callers = new List<SoakCaller>();
        for (var i = 1; i <= options.Tenants; i++) callers.Add(await OpenTenantAsync($"tenant-{i}"));
        var load = new LoadGenerator(cluster, callers, options, time);
        var faults = new FaultSchedule(cluster, options, time, Say);
        var keeper = new Keeper(cluster, time, Say);

        using var calm = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var end = new CancellationTokenSource();
        calm.CancelAfter(options.Duration);
        var keeping = keeper.RunAsync(end.Token);
        await Task.WhenAll(load.RunAsync(calm.Token), faults.RunAsync(calm.Token));
        stop.ThrowIfCancellationRequested();

        Say("calm: no more calls and faults; waiting for the last deadlines");
        await Task.Delay(options.HoldLife + Quiet, time, stop);
        await end.CancelAsync();
        await keeping;
        return await JudgeAsync(load, faults, keeper);
    }

    private async Task<SoakCaller> OpenTenantAsync(string tenant)
    {
        // Every third tenant has a budget that the run uses up.
        var limit = tenant[^1] % 3 == 0 ? "0.05" : "100";
        await cluster.AdminAsync(HttpMethod.Post, "tenants", $$"""
            {"id":"{{tenant}}","budgets":[{"window":"total","limitUsd":{{limit}} }],"models":{"fallbacks":{"gpt-4.1":["deepseek-v3.2"],"claude-sonnet-4.5":["gemini-2.5-flash"]} } }
            """);
        var key = await cluster.AdminAsync(HttpMethod.Post, $"tenants/{tenant}/keys", "{}");
        return new SoakCaller(tenant, key.GetProperty("key").GetString()!, time);
    }

    private async Task<int> JudgeAsync(LoadGenerator load, FaultSchedule faults, Keeper keeper)
    {
        var tenants = new List<TenantBooks>();
        for (var i = 1; i <= options.Tenants; i++) tenants.Add(await TenantBooks.ReadAsync($"tenant-{i}", ReadAsync));
        var bill = cluster.Simulator.Bill.Snapshot().Calls;
        var calls = load.Calls;
        var violations = new List<string>();
        if (bill.Count < cluster.Simulator.Bill.Count) violations.Add("The bill is longer than the simulator remembers: choose a lower --rate or fewer --minutes.");
        violations.AddRange(new ThreeBooks(calls, tenants, bill).Compare());
        violations.AddRange(new Suspenses(cluster.Silos, options.HoldLife).Resolvable(calls, tenants));
        foreach (var (silo, first, last, flat) in keeper.Memory())
        {
            Console.WriteLine($"memory of {silo}: {first:0} MiB in the first third, {last:0} MiB in the last");
            if (!flat) violations.Add($"{silo}: memory grew from {first:0} to {last:0} MiB");
        }

        var ledger = tenants.SelectMany(t => t.Ledger).ToList();
        Console.WriteLine($"{calls.Count} calls: {calls.Count(c => c.Answered)} answered, {calls.Count(c => c.Status is null)} without an answer, " +
            string.Join(", ", calls.Where(c => c.Code is not null).GroupBy(c => c.Code!).OrderByDescending(g => g.Count()).Select(g => $"{g.Count()} {g.Key}")));
        Console.WriteLine($"ledger: {ledger.Count(l => l.IsPosting)} postings ({ledger.Count(l => l.Estimated)} estimates), "
            + $"{ledger.Count(l => l.Kind == "void")} void, {ledger.Count(l => l.IsSuspense)} suspenses; bill: {bill.Count} lines");
        Console.WriteLine($"money: {tenants.Sum(t => t.Budget.SettledUsd)} settled, {tenants.Sum(t => t.Budget.AbsorbedUsd)} absorbed, "
            + $"{tenants.Sum(t => t.Budget.SuspenseUsd)} in suspense; the upstream billed {bill.Sum(UpstreamPrices.CostOf)}");
        Console.WriteLine($"{faults.Count} faults; {keeper.EndedByThemselves} silos ended by themselves");
        foreach (var violation in violations.Take(50)) Console.WriteLine($"VIOLATION {violation}");
        Console.WriteLine(violations.Count == 0
            ? $"verdict of seed {options.Seed}: the three books are equal, no hold is past its deadline, no suspense that a survivor could have resolved, memory is flat"
            : $"verdict of seed {options.Seed}: {violations.Count} violations");
        return violations.Count == 0 ? 0 : 1;
    }

    private Task<JsonElement> ReadAsync(string path) => cluster.AdminAsync(HttpMethod.Get, path);

    private void Say(string what) => Console.WriteLine($"{time.GetElapsedTime(_started):mm\\:ss\\.f} {what}");
}
