using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.Conformance.Membership;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;
using OrleansGateway.Tests.Unit.Manifests;

namespace OrleansGateway.Tests.Images;

/// <summary>
/// The images' content, tried: takes minutes and root, so only when asked for (see k8s/README.md, "Images").
/// </summary>
public sealed class ImageTrials(RedisServer redis, ITestOutputHelper output) : IClassFixture<RedisServer>
{
    private const int LargestImage = 150_000_000;
    private static readonly Version OldestRuntime = new(10, 0, 13);

    [Fact(Explicit = true)]
    public async Task Both_programs_serve_from_a_read_only_root_and_stop_when_told()
    {
        redis.SkipWhenMissing();
        using var silo = await PublishedImage.MakeAsync("Silo");
        using var front = await PublishedImage.MakeAsync("WebFront");
        foreach (var image in new[] { silo, front }) await JudgeAsync(image);
        await using var simulator = UpstreamSimulatorHost.Create(new SimulatorOptions { Url = "http://127.0.0.1:0" });
        await simulator.StartAsync();

        await using var api = await FakeApiServer.StartAsync();
        using var folder = new TempFolder();
        var kubeconfig = KubernetesConnectionTests.Kubeconfig(folder, api, api.Token!);
        foreach (var image in new[] { silo, front }) image.Add(await File.ReadAllBytesAsync(kubeconfig), "etc", "kubeconfig");

        var shared = new Dictionary<string, string?>
        {
            // What differs from a pod: how the API server is found, and one machine for all.
            ["KUBECONFIG"] = "/etc/kubeconfig",
            ["ConnectionStrings__Redis"] = redis.Endpoint,
            ["HOLYSHEEP_BASE_URL"] = simulator.GetSimulator().BaseAddress.ToString(),
        };
        var siloPorts = new Dictionary<string, string?>(shared)
        {
            ["Gateway__AdvertisedAddress"] = "127.0.0.1",
            ["Gateway__SiloPort"] = Port(),
            ["Gateway__GatewayPort"] = Port(),
            ["Gateway__ManagementUrls"] = $"http://*:{Port()}",
        };
        var frontPorts = new Dictionary<string, string?>(shared) { ["Urls"] = $"http://*:{Port()}", ["Gateway__ManagementUrls"] = $"http://*:{Port()}" };
        await MakeCertificatesAsync(silo, EnvironmentOf("cluster-certificates", new Dictionary<string, string?> { ["KUBECONFIG"] = "/etc/kubeconfig" }));
        foreach (var (image, secret) in new[] { (silo, "silo-tls"), (front, "webfront-tls") })
            foreach (var (name, value) in (JsonObject)api.Store.Find("secrets/of-the-pod", secret)!["data"]!)
                image.Add(Convert.FromBase64String(value!.GetValue<string>()), "etc", "cluster-tls", name);
        await using var runningSilo = RunningImage.Start(silo, EnvironmentOf("silo", siloPorts));
        await using var runningFront = RunningImage.Start(front, EnvironmentOf("webfront", frontPorts));

        await ReadyAsync(runningSilo, siloPorts["Gateway__ManagementUrls"]!);
        await ReadyAsync(runningFront, frontPorts["Gateway__ManagementUrls"]!);
        foreach (var running in new[] { runningSilo, runningFront }) AssertHasNoRights(running);
        await ServeAsync(new Uri(frontPorts["Urls"]!.Replace("*", "127.0.0.1", StringComparison.Ordinal)));

        Assert.Equal(0, await runningFront.StopAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, await runningSilo.StopAsync(TimeSpan.FromSeconds(60)));
    }

    private static async Task MakeCertificatesAsync(PublishedImage silo, IReadOnlyDictionary<string, string?> environment)
    {
        await using var running = RunningImage.Start(silo, environment, [.. Kustomize.Build("production").PodsOf("cluster-certificates").Container.Args]);
        Assert.True(await running.EndAsync(TimeSpan.FromSeconds(60)) == 0, running.Output);
    }

    private async Task JudgeAsync(PublishedImage image)
    {
        var (unpacked, packed) = await image.MeasureAsync();
        output.WriteLine($"{image.Program}: {packed / 1e6:0.0} MB in a registry, {unpacked / 1e6:0.0} MB on a node");
        Assert.InRange(packed, 1, LargestImage);
        Assert.InRange(unpacked, 1, LargestImage);

        using var configuration = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(image.App, $"OrleansGateway.{image.Program}.runtimeconfig.json")));
        foreach (var runtime in configuration.RootElement.GetProperty("runtimeOptions").GetProperty("includedFrameworks").EnumerateArray())
            Assert.True(Version.Parse(runtime.GetProperty("version").GetString()!) >= OldestRuntime, runtime.ToString());
        foreach (var compiled in new[] { $"OrleansGateway.{image.Program}.dll", "OrleansGateway.Grains.Interfaces.dll", "Orleans.Core.dll" })
        {
            using var file = new PEReader(File.OpenRead(Path.Combine(image.App, compiled)));
            Assert.True(file.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0, $"{compiled} is not compiled ahead of time");
        }

        foreach (var leftOut in new[] { "Microsoft.CodeAnalysis*", "Microsoft.AspNetCore.Mvc*", "libmscordaccore*" }) Assert.Empty(Directory.EnumerateFiles(image.App, leftOut));
    }

    private static Dictionary<string, string?> EnvironmentOf(string name, IReadOnlyDictionary<string, string?> inPlaceOf)
    {
        var environment = Kustomize.Build("production").PodsOf(name).Container.Env
            .ToDictionary(variable => variable.Name, string? (variable) => variable.Value ?? ValueOf(variable.ValueFrom));
        foreach (var (variable, value) in inPlaceOf) environment[variable] = value;
        return environment;
    }

    private static string ValueOf(V1EnvVarSource source) => source.SecretKeyRef?.Key == "admin-key" ? TestGateway.AdminKey : "of-the-pod";

    private static void AssertHasNoRights(RunningImage running)
    {
        var status = running.Status().Split('\n').Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim());
        Assert.StartsWith("1654\t", status["Uid"], StringComparison.Ordinal);
        foreach (var set in new[] { "CapPrm", "CapEff", "CapInh" }) Assert.Equal(0UL, ulong.Parse(status[set], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal("1", status["NoNewPrivs"]);
    }

    private static async Task ReadyAsync(RunningImage running, string management)
    {
        using var http = PlainClient.Create(new Uri(management.Replace("*", "127.0.0.1", StringComparison.Ordinal)));
        await Eventually.BecomesAsync(
            async () =>
            {
                Assert.False(running.HasExited, running.Output);
                try
                {
                    using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                    return await answer.Content.ReadAsStringAsync();
                }
                catch (HttpRequestException e)
                {
                    return e.Message;
                }
            },
            answer => answer.Contains("\"healthy\"", StringComparison.Ordinal),
            TimeSpan.FromSeconds(90),
            "Readiness");
    }

    // A tenant with a time zone: its data is not in the base.
    private static async Task ServeAsync(Uri address)
    {
        using var http = PlainClient.Create(address);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        using var opened = await http.PostAsJsonAsync(
            "/admin/v1/tenants",
            new { id = "trial", timeZone = "Europe/Berlin", budgets = new[] { new { window = "day", limitUsd = 1m, mode = "hard" } } });
        Assert.True(opened.IsSuccessStatusCode, await opened.Content.ReadAsStringAsync());
        using var issued = await http.PostAsJsonAsync("/admin/v1/tenants/trial/keys", new { });
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString());

        using var answer = await http.PostAsJsonAsync(
            "/v1/chat/completions", new { model = "gpt-4.1", max_tokens = 3, messages = new[] { new { role = "user", content = "Hello" } } });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string Port() => FreePorts.Next().ToString(CultureInfo.InvariantCulture);
}
