using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Soak;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster;

/// <summary>
/// A silo is stopped with calls in flight (SIGSTOP) until the other has taken its tenants over, and then goes on where it stood. It may admit nothing
/// and post nothing twice, and says in its log what happened.
/// </summary>
[Collection(SlowestFirst.Clusters)]
public sealed class FrozenSiloTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const int CallsPerFront = 5;
    private const string Gated = """{"outputTokens":20,"gate":"all"}""";
    private static readonly string[] Tenants = ["frost", "hail", "ice", "rime", "sleet", "snow"];
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_silo_that_was_frozen_until_another_took_its_tenants_over_admits_nothing_and_posts_nothing_twice()
    {
        redis.SkipWhenMissing();
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        var simulator = simulatorApp.GetSimulator();
        await using var frozen = await GatewayProcess.StartAsync(Settings(simulator));
        await using var other = await GatewayProcess.StartAsync(Settings(simulator));
        var number = 0;
        var callers = new Dictionary<string, SoakCaller>();
        var calls = new List<Task<ClientCall>>();
        foreach (var tenant in Tenants)
        {
            await frozen.AdminAsync(HttpMethod.Post, "tenants", $$"""{"id":"{{tenant}}","budgets":[{"window":"total","limitUsd":5}]}""");
            callers[tenant] = new SoakCaller(
                tenant,
                (await frozen.AdminAsync(HttpMethod.Post, $"tenants/{tenant}/keys", "{}")).GetProperty("key").GetString()!,
                TimeProvider.System);
            // Both fronts know the key before one of them is gone.
            foreach (var front in new[] { frozen, other }) Assert.True((await Track(Place(tenant, front, null))).Answered);
        }

        foreach (var tenant in Tenants)
        {
            for (var i = 0; i < CallsPerFront; i++)
            {
                _ = Track(Place(tenant, frozen, Gated));
                _ = Track(Place(tenant, other, Gated));
            }
        }
        await simulator.Gates.WaitForWaitersAsync("all", Tenants.Length * CallsPerFront * 2);
        await frozen.SignalAsync("STOP");
        simulator.Gates.Open("all");

        // A tenant that does not answer through the other front is one that the frozen silo hosts.
        var hosted = (await Task.WhenAll(Tenants.Select(async t => (Tenant: t, Answers: await AnswersAsync(other, t))))).Where(t => !t.Answers).Select(t => t.Tenant).ToList();
        Assert.NotEmpty(hosted);
        foreach (var tenant in hosted)
        {
            await Eventually.BecomesAsync(() => AnswersAsync(other, tenant), answers => answers, Soon, $"Another activation of {tenant}");
            Assert.True((await Track(Place(tenant, other, null))).Answered);
        }

        var ended = frozen.WaitForExitAsync();
        await frozen.SignalAsync("CONT");
        foreach (var tenant in Tenants) _ = Track(Place(tenant, frozen, null));
        await ended.WaitAsync(Soon);
        var placed = await Task.WhenAll(calls);

        var books = new List<TenantBooks>();
        foreach (var tenant in Tenants)
            books.Add(await Eventually.BecomesAsync(
                () => TenantBooks.ReadAsync(tenant, path => other.AdminAsync(HttpMethod.Get, path)),
                b => b.OpenReservations == 0,
                Soon,
                $"No hold of {tenant} past its deadline"));
        var violations = new ThreeBooks(placed, books, simulator.Bill.Snapshot().Calls).Compare();
        Assert.True(violations.Count == 0, string.Join('\n', violations));
        // All that the other front had in flight was answered, although the books had moved under it.
        Assert.Equal(Tenants.Length * CallsPerFront, placed.Count(c => c is { Answered: true, Front: nameof(other), Plan.Script: Gated }));
        Assert.Contains("was taken over by another silo", frozen.Output, StringComparison.Ordinal);
        Assert.Contains("I have been told I am dead", frozen.Output, StringComparison.Ordinal);
        // The proof is in its log, which the test's own output shows.
        foreach (var line in frozen.Output.Split('\n').Where(l => l.Contains("taken over", StringComparison.Ordinal) || l.Contains("told I am dead", StringComparison.Ordinal)))
            TestContext.Current.TestOutputHelper?.WriteLine(line);

        Task<ClientCall> Place(string tenant, GatewayProcess front, string? script) => callers[tenant].PlaceAsync(
            front.Http, new CallPlan(++number, CallPlan.Chat, "gpt-4.1", number % 2 == 0, 40, script, false), front == frozen ? nameof(frozen) : nameof(other));

        Task<ClientCall> Track(Task<ClientCall> call)
        {
            calls.Add(call);
            return call;
        }
    }

    private Dictionary<string, string?> Settings(SimulatorHandle simulator)
    {
        var settings = GatewayProcess.Settings(simulator.BaseAddress);
        settings.ClusteredOnRedis(redis.Endpoint);
        settings["Gateway:Tenants:AnswerHoldLife"] = "00:01:00";
        settings["Gateway:Tenants:StreamHoldLife"] = "00:01:00";
        return settings;
    }

    private static async Task<bool> AnswersAsync(GatewayProcess front, string tenant)
    {
        try
        {
            await front.AdminAsync(HttpMethod.Get, $"tenants/{tenant}/quota").WaitAsync(TimeSpan.FromSeconds(3));
            return true;
        }
        catch (Exception e) when (e is TimeoutException or JsonException or Xunit.Sdk.XunitException)
        {
            return false;
        }
    }
}
