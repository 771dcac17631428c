using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;

namespace OrleansGateway.Soak;

/// <summary>
/// A steady load, a minute of many times that, and the steady load again; then the verdict. Tenants may ask for twice the steady load, or for all when it is
/// the upstream that is limited.
/// </summary>
internal sealed class SpikeRun(SoakOptions options, Cluster cluster, IReadOnlyList<string> keys, TimeProvider time)
{
    private const string Body = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Say something that is worth the wait."}],"max_tokens":40}""";
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Spike = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(30);

    private readonly ConcurrentBag<SpikeCall> _calls = [];
    private readonly Random _random = new(options.Seed);

    /// <summary>0 when all is well, 1 when not.</summary>
    public static async Task<int> RunAsync(SoakOptions options, TimeProvider time, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("orleans-gateway-spike-").FullName;
        Console.WriteLine($"seed {options.Seed}: {options.Rate} calls/s of {options.Tenants} tenants at {options.Silos} silos, "
            + $"{options.Spike} times that for {Spike.TotalSeconds:0} s; logs in {folder}");
        await using var cluster = await Cluster.StartAsync(options, folder, time, stop);
        cluster.Simulator.Script.Default = new Simulator.SimulatorScript { LatencyMs = 250, OutputTokens = 20 };
        var keys = new List<string>();
        for (var i = 1; i <= options.Tenants; i++)
            keys.Add(await OpenTenantAsync(cluster, $"tenant-{i}", 60 * options.Rate * (options.Upstream > 0 ? 2 * options.Spike : 2) / options.Tenants));

        var run = new SpikeRun(options, cluster, keys, time);
        await run.LoadAsync(stop);
        var verdict = new SpikeVerdict(run._calls, WarmUp, WarmUp + Before, WarmUp + Before + Spike);
        foreach (var line in verdict.Describe()) Console.WriteLine(line);
        var violations = verdict.Judge();
        foreach (var violation in violations) Console.WriteLine($"VIOLATION {violation}");
        Console.WriteLine(violations.Count == 0
            ? $"verdict of seed {options.Seed}: whoever was refused was told when to come again, whoever was admitted hardly waited longer, "
                + $"and within {SpikeVerdict.Recovery.TotalSeconds:0} s all was as before"
            : $"verdict of seed {options.Seed}: {violations.Count} violations");
        if (violations.Count == 0 && !options.Keep) Directory.Delete(folder, recursive: true);
        return violations.Count == 0 ? 0 : 1;
    }

    private static async Task<string> OpenTenantAsync(Cluster cluster, string tenant, int requestsPerMinute)
    {
        await cluster.AdminAsync(HttpMethod.Post, "tenants",
            $$"""{"id":"{{tenant}}","limits":{"requestsPerMinute":{{requestsPerMinute}} },"budgets":[{"window":"total","limitUsd":1000}]}""");
        return (await cluster.AdminAsync(HttpMethod.Post, $"tenants/{tenant}/keys", "{}")).GetProperty("key").GetString()!;
    }

    /// <summary>Places every call when its time has come, whether earlier ones are answered or not.</summary>
    private async Task LoadAsync(CancellationToken stop)
    {
        var started = time.GetTimestamp();
        var under = new List<Task>();
        var (owed, last) = (0.0, TimeSpan.Zero);
        using var timer = new PeriodicTimer(Beat, time);
        while (last < WarmUp + Before + Spike + After)
        {
            await timer.WaitForNextTickAsync(stop);
            var now = time.GetElapsedTime(started);
            var times = now >= WarmUp + Before && now < WarmUp + Before + Spike ? options.Spike : 1;
            for (owed += (now - last).TotalSeconds * options.Rate * times; owed >= 1; owed--)
                under.Add(PlaceAsync(cluster.Silos[_random.Next(cluster.Silos.Count)].Http, keys[_random.Next(keys.Count)], now));
            last = now;
        }
        await Task.WhenAll(under);
    }

    private async Task PlaceAsync(HttpClient http, string key, TimeSpan at)
    {
        var started = time.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await http.SendAsync(request);
            _calls.Add(new SpikeCall(at, (int)response.StatusCode, response.Headers.Contains("retry-after"), time.GetElapsedTime(started)));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            _calls.Add(new SpikeCall(at, null, false, time.GetElapsedTime(started)));
        }
    }
}
