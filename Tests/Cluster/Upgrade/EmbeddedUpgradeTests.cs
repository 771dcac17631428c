using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Cluster.Upgrade;

/// <summary>One data directory, written by the previous release and continued by this build, whose files the previous one does not know.</summary>
public sealed class EmbeddedUpgradeTests
{
    // Half a minute of it is for booking; the rest is for reading all there is, on a machine that may be busy.
    private static readonly TimeSpan HoldLife = TimeSpan.FromSeconds(75);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_data_directory_is_read_and_continued_by_the_next_release_and_refused_by_the_previous_one_after_it()
    {
        var previous = PreviousRelease.OfStore;
        using var data = new TempFolder();
        await using var receiver = await WebhookReceiver.StartAsync(failures: int.MaxValue);
        await using var simulatorApp = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulatorApp.StartAsync();
        KnownState state;
        Dictionary<string, JsonElement> told;
        await using (var older = await GatewayProcess.StartAsync(Settings(), previous))
        {
            state = await KnownState.MakeAsync(older, receiver);
            var lost = state.AskInVainAsync(older);
            await Eventually.BecomesAsync(() => KnownState.HoldsAsync(older, "pending"), holds => holds == 1, Patience, "A pending hold");
            told = await state.ReadAsync(older);
            // As hard as it gets: no last snapshot, the log of the database not merged, and a call under way.
            await older.KillAsync();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => lost);
        }

        Dictionary<string, JsonElement> now;
        await using (var newer = await GatewayProcess.StartAsync(Settings()))
        {
            KnownState.AssertSame(told, await state.ReadAsync(newer));
            await state.AskOnceAsync(newer);
            await state.DeliverAsync(newer);
            await state.CallAsync(newer, 15);
            await Eventually.BecomesAsync(() => KnownState.HoldsAsync(newer, "suspense"), holds => holds == 1, Patience, "The hold in suspense");
            now = await state.ReadAsync(newer);
            await newer.StopAsync(Patience);
        }

        var (exit, output) = await GatewayProcess.RunToEndAsync(Settings(), previous);
        Assert.NotEqual(0, exit);
        Assert.Contains("has schema version 5", output, StringComparison.Ordinal);
        await using var again = await GatewayProcess.StartAsync(Settings());
        KnownState.AssertSame(await state.ReadAsync(again), now);
        await state.AskOnceAsync(again);
        await state.CallAsync(again, 15);

        Dictionary<string, string?> Settings()
        {
            var settings = GatewayProcess.Settings(simulatorApp.GetSimulator().BaseAddress);
            settings["Gateway:DataDirectory"] = data.Path;
            settings["Gateway:Tenants:AnswerHoldLife"] = settings["Gateway:Tenants:StreamHoldLife"] = $"{HoldLife}";
            foreach (var (name, value) in KnownState.Settings) settings[name] = value;
            return settings;
        }
    }
}
