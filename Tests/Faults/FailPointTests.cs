using OrleansGateway.Simulator;
using OrleansGateway.Soak;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Faults;

/// <summary>
/// The gateway is killed at each of its fail-points, one after another on the same books, while callers of every kind are under way. Then it is
/// left alone until the last deadline has passed, and the three books must be equal; <see cref="ThreeBooks"/> says what that means.
/// </summary>
public abstract class FailPointTests
{
    private const int Seed = 20_260_601;
    private const int CallsAtOnce = 40;
    private const int MostRetriesAtOnce = 10;
    private const int MostWaves = 12;
    private const string Tenant = "acme";

    // The last half minute of a hold is for booking: six seconds to answer, and all deadlines have passed soon after the last kill.
    private const string HoldLife = "00:00:36";
    private static readonly TimeSpan DeadlinesPass = TimeSpan.FromSeconds(60);

    protected abstract void ChooseStore(IDictionary<string, string?> settings, string dataDirectory);

    protected async Task KillAtEveryFailPointAsync()
    {
        using var data = new TempFolder();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();
        string key;
        await using (var first = await StartAsync(null))
        {
            await first.AdminAsync(HttpMethod.Post, "tenants", $$"""
                {"id":"{{Tenant}}","budgets":[{"window":"total","limitUsd":20}],"models":{"fallbacks":{"gpt-4.1":["deepseek-v3.2"],"claude-sonnet-4.5":["gemini-2.5-flash"]} } }
                """);
            key = (await first.AdminAsync(HttpMethod.Post, $"tenants/{Tenant}/keys", "{}")).GetProperty("key").GetString()!;
            await first.KillAsync();
        }

        var mix = new CallMix(new Random(Seed));
        var caller = new SoakCaller(Tenant, key, TimeProvider.System);
        var calls = new List<ClientCall>();
        var again = new Queue<CallPlan>();
        foreach (var point in Enum.GetValues<FailPoint>())
        {
            await using var gateway = await StartAsync($"{point}@{HitsOf(point)}");
            var ended = gateway.WaitForExitAsync();
            for (var wave = 0; wave < MostWaves && !ended.IsCompleted; wave++)
            {
                // Callers whose key promises them that it is done once ask again, also after the process that had their call is gone.
                var plans = Enumerable.Range(0, CallsAtOnce).Select(i => i < MostRetriesAtOnce && again.TryDequeue(out var plan) ? plan : mix.Next()).ToList();
                ClientCall[] placed = await Task.WhenAll(plans.Select(plan => caller.PlaceAsync(gateway.Http, plan)));
                calls.AddRange(placed);
                foreach (var call in placed.Where(c => c.WantsRetry)) again.Enqueue(call.Plan);
                // Connections break a moment before the process is seen to be gone.
                if (placed.Any(c => c.Status is null)) await Eventually.ComesAsync(ended, TimeSpan.FromSeconds(5));
            }
            // A sweep comes to nothing before the first deadline.
            Assert.True(await Eventually.ComesAsync(ended, DeadlinesPass), $"No call of {MostWaves * CallsAtOnce} came to {point}, or not often enough.");
        }

        await using var last = await StartAsync(null);
        // No deadline is left: a key that has no answer gets one now, the one that was kept or another.
        await Eventually.BecomesAsync(BooksAsync, b => b.OpenReservations == 0, DeadlinesPass, "No hold past its deadline");
        foreach (var plan in again.ToList())
        {
            var call = await caller.PlaceAsync(last.Http, plan);
            calls.Add(call);
            Assert.True(call.Status is not null && !call.Refused, $"{call}");
        }
        var books = await Eventually.BecomesAsync(
            BooksAsync, b => b.OpenReservations == 0, DeadlinesPass, "No hold past its deadline");
        var violations = new ThreeBooks(calls, [books], simulator.Bill.Snapshot().Calls).Compare();

        Assert.True(violations.Count == 0, $"Seed {Seed}: the books differ.\n{string.Join('\n', violations)}");
        // It was no idle run: answers, lost answers, suspense and lines on the bill, each many times.
        Assert.InRange(calls.Count(c => c.Answered), 100, int.MaxValue);
        Assert.InRange(calls.Count(c => c.Status is null), 100, int.MaxValue);
        Assert.InRange(books.Ledger.Count(l => l.IsSuspense && l.Outcome == "expired"), 20, int.MaxValue);
        Assert.InRange(simulator.Bill.Count, 200, int.MaxValue);
        Assert.InRange(calls.Count(c => c.ReplayOf is not null), 10, int.MaxValue);
        // And it goes on, once the circuits are closed that the last odd answers opened.
        await Eventually.BecomesAsync(
            () => caller.PlaceAsync(last.Http, new CallPlan(0, CallPlan.Chat, "gpt-4.1", false, 5, null, false)), c => c.Answered, DeadlinesPass, "An answer");

        Task<TenantBooks> BooksAsync() => TenantBooks.ReadAsync(Tenant, path => last.AdminAsync(HttpMethod.Get, path));

        Task<GatewayProcess> StartAsync(string? failPoint)
        {
            var settings = GatewayProcess.Settings(simulator.BaseAddress);
            settings["DOTNET_ENVIRONMENT"] = FailPoints.Environment;
            settings["Gateway:Tenants:AnswerHoldLife"] = HoldLife;
            settings["Gateway:Tenants:StreamHoldLife"] = HoldLife;
            settings["Gateway:Tenants:EntriesPerSnapshot"] = "40";
            if (failPoint is not null) settings[FailPoints.Variable] = failPoint;
            ChooseStore(settings, data.Path);
            return GatewayProcess.StartAsync(settings);
        }
    }

    // Late enough that others are at every other step meanwhile.
    private static int HitsOf(FailPoint point) => point switch
    {
        FailPoint.DuringReplay or FailPoint.BeforeSweep or FailPoint.AfterSweep or FailPoint.BeforeReplay => 1,
        FailPoint.BeforeRenew or FailPoint.AfterRenew or FailPoint.AfterShelves or FailPoint.BeforeSnapshot or FailPoint.DuringSnapshot or FailPoint.AfterSnapshot => 2,
        FailPoint.BeforeStoreAppend or FailPoint.DuringStoreAppend or FailPoint.AfterStoreAppend => 8,
        _ => 15,
    };
}

public sealed class FailPointsOnTheEmbeddedStoreTests : FailPointTests
{
    [Fact]
    public Task Killed_at_every_fail_point_under_load_the_gateway_keeps_three_equal_books() => KillAtEveryFailPointAsync();

    [Fact]
    public async Task A_release_does_not_start_with_a_fail_point()
    {
        using var data = new TempFolder();
        var settings = GatewayProcess.Settings(new Uri("http://127.0.0.1:9/v1"));
        ChooseStore(settings, data.Path);
        settings[FailPoints.Variable] = $"{FailPoint.AfterReserve}";

        var (exitCode, output) = await GatewayProcess.RunToEndAsync(settings);

        Assert.Equal(1, exitCode);
        Assert.Contains(FailPoints.Variable, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    protected override void ChooseStore(IDictionary<string, string?> settings, string dataDirectory) => settings["Gateway:DataDirectory"] = dataDirectory;
}

public sealed class FailPointsOnRedisTests(RedisServer redis) : FailPointTests, IClassFixture<RedisServer>
{
    /// <summary>Run when asked for (README.md): it takes minutes, and most of the points are the same code on either store.</summary>
    [Fact(Explicit = true)]
    public Task Killed_at_every_fail_point_under_load_the_gateway_keeps_three_equal_books() => KillAtEveryFailPointAsync();

    protected override void ChooseStore(IDictionary<string, string?> settings, string dataDirectory)
    {
        redis.SkipWhenMissing();
        settings.OnRedis(redis.Endpoint);
    }
}
