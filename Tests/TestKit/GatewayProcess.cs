using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OrleansGateway.Tests.TestKit;

/// <summary>The gateway as a process of its own, as it is deployed: it can be killed.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private const string Silo = "OrleansGateway.Silo.dll";
    private const string WebFront = "OrleansGateway.WebFront.dll";
    private const string Serving = "OrleansGateway serves ";

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly TaskCompletionSource<Uri> _serving = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(IReadOnlyDictionary<string, string?> settings, string program = Silo, GatewayPlace? place = null, string[]? arguments = null)
    {
        Place = place ?? GatewayPlace.Here;
        var start = Place.Start(program);
        foreach (var argument in arguments ?? []) start.ArgumentList.Add(argument);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach (var (name, value) in settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        // It takes a second of processor time at each start. The release before may not know it.
        if (Place.Build == GatewayPlace.Here.Build) start.Environment.TryAdd("Gateway__Telemetry__Dashboard", "false");
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Heard(line.Data);
        _process.ErrorDataReceived += (_, line) => Heard(line.Data);
        _process.Exited += (_, _) => _serving.TrySetException(new InvalidOperationException("The gateway ended: " + Output));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>All it has printed.</summary>
    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    public GatewayPlace Place { get; }

    /// <summary>What it has computed so far, on all cores together.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public HttpClient Http { get; } = PlainClient.Create(timeout: TimeSpan.FromSeconds(60));

    /// <summary>Settings of a silo with its own ports and the given upstream; add the store's.</summary>
    public static Dictionary<string, string?> Settings(Uri upstream) => new()
    {
        ["HOLYSHEEP_API_KEY"] = "upstream-key",
        ["HOLYSHEEP_BASE_URL"] = upstream.ToString(),
        ["GATEWAY_ADMIN_KEY"] = TestGateway.AdminKey,
        ["DOTNET_ENVIRONMENT"] = "Production",
        ["Urls"] = "http://127.0.0.1:0",
        ["Gateway:ManagementUrls"] = "http://127.0.0.1:0",
        ["Gateway:SiloPort"] = $"{FreePorts.Next()}",
        ["Gateway:GatewayPort"] = $"{FreePorts.Next()}",
        ["Gateway:AdvertisedAddress"] = "127.0.0.1",
    };

    /// <summary>Starts one and returns once it serves.</summary>
    public static async Task<GatewayProcess> StartAsync(IReadOnlyDictionary<string, string?> settings, GatewayPlace? place = null)
    {
        var gateway = new GatewayProcess(settings, Silo, place);
        gateway.Http.BaseAddress = await gateway._serving.Task;
        return gateway;
    }

    /// <summary>Starts a silo that serves no HTTP but its health, at <c>Gateway:ManagementUrls</c>; returns once it is ready.</summary>
    public static Task<GatewayProcess> StartSiloAsync(IReadOnlyDictionary<string, string?> settings, GatewayPlace? place = null) =>
        StartReadyAsync(settings, Silo, new Uri(settings["Gateway:ManagementUrls"]!), place);

    /// <summary>Starts a web front of its own, at <c>Urls</c>; returns once it is ready.</summary>
    public static Task<GatewayProcess> StartFrontAsync(IReadOnlyDictionary<string, string?> settings, GatewayPlace? place = null) =>
        StartReadyAsync(settings, WebFront, new Uri(settings["Urls"]!), place);

    /// <summary>Starts a silo that cannot serve yet; returns once it has said so.</summary>
    public static Task<GatewayProcess> StartToWaitAsync(IReadOnlyDictionary<string, string?> settings, string said) => StartToWaitAsync(settings, said, Silo);

    /// <summary>The same of a web front.</summary>
    public static Task<GatewayProcess> StartFrontToWaitAsync(IReadOnlyDictionary<string, string?> settings, string said) => StartToWaitAsync(settings, said, WebFront);

    private static async Task<GatewayProcess> StartToWaitAsync(IReadOnlyDictionary<string, string?> settings, string said, string program)
    {
        var gateway = new GatewayProcess(settings, program);
        await Eventually.BecomesAsync(() => Task.FromResult(gateway.Output), output => output.Contains(said, StringComparison.Ordinal), TimeSpan.FromSeconds(60), said);
        return gateway;
    }

    private static async Task<GatewayProcess> StartReadyAsync(IReadOnlyDictionary<string, string?> settings, string program, Uri address, GatewayPlace? place)
    {
        var gateway = new GatewayProcess(settings, program, place);
        gateway.Http.BaseAddress = address;
        try
        {
            await Eventually.BecomesAsync(
                () => gateway._process.HasExited ? throw new InvalidOperationException("It ended.") : gateway.IsReadyAsync(),
                ready => ready,
                TimeSpan.FromSeconds(60),
                $"{program} at {address}");
            return gateway;
        }
        catch (Exception e)
        {
            await gateway.DisposeAsync();
            throw new InvalidOperationException($"It did not become ready: {gateway.Output}", e);
        }
    }

    /// <summary>Whether it says that it takes calls.</summary>
    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Starts a silo that is expected not to come up, or told to do something else: its exit code and all it printed.</summary>
    public static Task<(int ExitCode, string Output)> RunToEndAsync(IReadOnlyDictionary<string, string?> settings, params string[] arguments) =>
        RunToEndAsync(settings, Silo, null, arguments);

    /// <summary>The same of another build.</summary>
    public static Task<(int ExitCode, string Output)> RunToEndAsync(IReadOnlyDictionary<string, string?> settings, GatewayPlace place) => RunToEndAsync(settings, Silo, place, []);

    /// <summary>The same of a web front.</summary>
    public static Task<(int ExitCode, string Output)> RunFrontToEndAsync(IReadOnlyDictionary<string, string?> settings) => RunToEndAsync(settings, WebFront, null, []);

    private static async Task<(int ExitCode, string Output)> RunToEndAsync(IReadOnlyDictionary<string, string?> settings, string program, GatewayPlace? place, string[] arguments)
    {
        await using var gateway = new GatewayProcess(settings, program, place, arguments);
        var served = gateway._serving.Task;
        await Task.WhenAny(served, gateway._process.WaitForExitAsync());
        Assert.False(served.IsCompletedSuccessfully, "It was expected to refuse to start: " + gateway.Output);
        _ = served.Exception;
        await gateway._process.WaitForExitAsync();
        return (gateway._process.ExitCode, gateway.Output);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Completes when the process has ended, by itself or not.</summary>
    public Task WaitForExitAsync() => _process.WaitForExitAsync();

    /// <summary>Asks it to stop, as an orchestrator does, and returns its exit code when it has.</summary>
    public async Task<int> StopAsync(TimeSpan within)
    {
        var ended = WaitForExitAsync();
        await SignalAsync("TERM");
        await ended.WaitAsync(within);
        return _process.ExitCode;
    }

    /// <summary>Sends it a signal, such as <c>TERM</c> or <c>STOP</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<JsonElement> AdminAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/admin/v1/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestGateway.AdminKey);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path} gave {(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public async Task<HttpResponseMessage> ChatAsync(string key, string body, string? idempotencyKey = null, CancellationToken hangUp = default)
    {
        LeakWatch.OfTheRun.KeepPrompts(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await Http.SendAsync(request, hangUp);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private void Heard(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Add(line);
        // What else it prints is for the operator at the terminal, the first key among it.
        if (line.StartsWith("{\"@t\"", StringComparison.Ordinal)) LeakWatch.OfTheRun.Look(line);
        if (line.StartsWith(Serving, StringComparison.Ordinal)) _serving.TrySetResult(new Uri(line[Serving.Length..]));
    }
}
